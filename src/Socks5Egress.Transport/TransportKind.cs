namespace Socks5Egress.Transport;

/// <summary>What <c>--transport</c> asks for.</summary>
internal enum TransportKind : byte
{
    /// <summary>The best one this machine has.</summary>
    Auto,

    /// <summary>The .NET socket engine.</summary>
    Sockets,

    /// <summary>Event loops on epoll; Linux only.</summary>
    Epoll,
}
