using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Sockets;

/// <summary>What every socket of the gateway is set to.</summary>
internal static class SocketOptions
{
    private const int SolIp = 0;
    private const int IpBindAddressNoPort = 24;
    private const int SolTcp = 6;
    private const int TcpInfo = 11;
    private const byte TcpClose = 7;

    /// <summary>
    /// No Nagle, and keepalive after 60 s idle, 15 s apart, 4 probes: a dead peer is found within two minutes without cutting
    /// an idle pool. Urgent bytes stay in their place: received without them, they would be lost. No TCP_USER_TIMEOUT: on Linux it
    /// also ends a live peer that merely does not read.
    /// </summary>
    public static void Connection(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
    }

    /// <summary>
    /// Leaves from this address. The port is chosen at connect (IP_BIND_ADDRESS_NO_PORT): chosen at bind it would have to be
    /// free towards every target, and a busy gateway would run out of ports at 28,000 sessions in all.
    /// </summary>
    public static void Source(Socket socket, IPAddress source)
    {
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(SolIp, IpBindAddressNoPort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(source, 0));
    }

    /// <summary>
    /// Whether the connection's state is CLOSE (the first byte of tcp_info): after a reset, or once both sides have sent FIN. On other systems
    /// than Linux always false.
    /// </summary>
    public static bool IsClosed(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> state = stackalloc byte[1];
        return socket.GetRawSocketOption(SolTcp, TcpInfo, state) == 1 && state[0] == TcpClose;
    }
}
