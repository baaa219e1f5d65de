namespace Socks5Egress.Gateway.Grants;

/// <summary>The protocols that a listener answers.</summary>
[Flags]
internal enum ServedProtocols : byte
{
    None = 0,
    Socks5 = 1,
    Socks4 = 2,
    Http = 4,
    All = Socks5 | Socks4 | Http,
}
