using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Transport.Sockets;

/// <summary>What every socket of the gateway is set to.</summary>
internal static class SocketOptions
{
    private const int SolIp = 0;
    private const int IpBindAddressNoPort = 24;

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

    /// <summary>What the kernel knows of the connection; false when the system does not tell, or the socket is closed.</summary>
    public static bool TryReadInfo(Socket socket, out TcpInfo info)
    {
        info = default;
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            Span<byte> bytes = stackalloc byte[TcpInfo.Length];
            return TcpInfo.TryRead(bytes[..socket.GetRawSocketOption(TcpInfo.Level, TcpInfo.Option, bytes)], out info);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether the connection's state is CLOSE (the first byte of tcp_info): after a reset, or once both sides have sent FIN. On other systems
    /// than Linux always false.
    /// </summary>
    public static bool IsClosed(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> state = stackalloc byte[1];
        return socket.GetRawSocketOption(TcpInfo.Level, TcpInfo.Option, state) == 1 && state[0] == TcpInfo.Closed;
    }

    /// <summary>Where the peer of an accepted connection dialed, before the firewall's translation; null where the system does not tell.</summary>
    public static IPEndPoint? OriginalDestination(Socket socket, AddressFamily family)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            return TcpSocket.OriginalDestination((int)socket.SafeHandle.DangerousGetHandle(), family);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            if (held) socket.SafeHandle.DangerousRelease();
        }
    }

    /// <summary>Bytes that the peer has not acknowledged; 0 on other systems than Linux, and of a closed socket.</summary>
    public static long Unacknowledged(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            return TcpSocket.Unacknowledged((int)socket.SafeHandle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        finally
        {
            if (held) socket.SafeHandle.DangerousRelease();
        }
    }
}
