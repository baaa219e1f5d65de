using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>A socket that tells when it is closed, so that the gateway with the fewest open connections can be known.</summary>
internal sealed class GatewaySocket : Socket
{
    private Action? _closed;

    /// <param name="endpoint">What it will connect to.</param>
    /// <param name="closed">Called once, on any thread, also from the finalizer of a socket that was forgotten.</param>
    public GatewaySocket(IPEndPoint endpoint, Action closed) : base(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
    {
        _closed = closed;
        NoDelay = true;
        // Finds a gateway that went away without a word in a minute; the defaults of the system take two hours
        SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    /// <summary>Has another told, too; at once when it is closed already.</summary>
    public void AlsoWhenClosed(Action closed)
    {
        var before = Volatile.Read(ref _closed);
        if (before is null || Interlocked.CompareExchange(ref _closed, before + closed, before) != before) closed();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _closed, null)?.Invoke();
    }
}
