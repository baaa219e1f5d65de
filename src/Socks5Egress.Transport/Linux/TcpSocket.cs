using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// The calls on a non-blocking TCP socket, in terms of spans and endpoints. A result below zero means: see <see cref="Errno.Last"/>.
/// </summary>
internal static unsafe class TcpSocket
{
    private const int KeepAliveIdleSeconds = 60, KeepAliveIntervalSeconds = 15, KeepAliveProbes = 4;

    public static int Open(AddressFamily family) => Libc.Socket(
        family == AddressFamily.InterNetwork ? Libc.Inet : Libc.Inet6, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, 0);

    /// <summary>
    /// No Nagle, keepalive that finds a dead peer within two minutes, and urgent bytes in their place in the stream (a relay that
    /// receives without them would lose them). Accepted sockets inherit all of it from the
    /// listening one. A failure is no reason to refuse a connection.
    /// </summary>
    public static void Tune(int fd)
    {
        Set(fd, Libc.SolTcp, Libc.TcpNoDelay, 1);
        Set(fd, Libc.SolTcp, Libc.TcpKeepIdle, KeepAliveIdleSeconds);
        Set(fd, Libc.SolTcp, Libc.TcpKeepInterval, KeepAliveIntervalSeconds);
        Set(fd, Libc.SolTcp, Libc.TcpKeepCount, KeepAliveProbes);
        Set(fd, Libc.SolSocket, Libc.SoKeepAlive, 1);
        Set(fd, Libc.SolSocket, Libc.SoOutOfBandInline, 1);
    }

    /// <summary>The kernel's number for a pace: bytes a second in 32 bits, of which the largest is none.</summary>
    /// <param name="bitsPerSecond">0: as fast as it goes.</param>
    public static int PaceOf(long bitsPerSecond) => unchecked((int)(bitsPerSecond <= 0 ? uint.MaxValue : (uint)Math.Clamp(bitsPerSecond / 8, 1, uint.MaxValue - 1)));

    public static int Set(int fd, int level, int option, int value) => Libc.SetSocketOption(fd, level, option, &value, sizeof(int));

    public static int Bind(int fd, IPAddress address, int port)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.Write(new Span<byte>(bytes, SocketAddressBytes.MaxLength), address, port);
        return Libc.Bind(fd, bytes, length);
    }

    public static int Connect(int fd, IPEndPoint remote)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.Write(new Span<byte>(bytes, SocketAddressBytes.MaxLength), remote.Address, remote.Port);
        return Libc.Connect(fd, bytes, length);
    }

    /// <summary>The next connection of a listening socket, non-blocking, and where it comes from.</summary>
    public static int Accept(int fd, out IPEndPoint? remote)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.MaxLength;
        var accepted = Libc.Accept(fd, bytes, &length, Libc.NonBlocking | Libc.CloseOnExec);
        remote = accepted < 0 ? null : SocketAddressBytes.Read(new ReadOnlySpan<byte>(bytes, SocketAddressBytes.MaxLength));
        return accepted;
    }

    public static IPEndPoint LocalEndPoint(int fd)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.MaxLength;
        return Libc.GetSocketName(fd, bytes, &length) < 0
            ? new IPEndPoint(IPAddress.Any, 0)
            : SocketAddressBytes.Read(new ReadOnlySpan<byte>(bytes, SocketAddressBytes.MaxLength));
    }

    /// <summary>Where the peer of an accepted connection dialed, before the firewall's translation; null where it does not tell.</summary>
    public static IPEndPoint? OriginalDestination(int fd, AddressFamily family)
    {
        var bytes = stackalloc byte[SocketAddressBytes.MaxLength];
        var length = SocketAddressBytes.MaxLength;
        var level = family == AddressFamily.InterNetwork ? Libc.SolIp : Libc.SolIpv6;
        return Libc.GetSocketOption(fd, level, Libc.OriginalDestination, (int*)bytes, &length) < 0
            ? null
            : SocketAddressBytes.Read(new ReadOnlySpan<byte>(bytes, SocketAddressBytes.MaxLength));
    }

    /// <summary>The error that waits on the socket, which this takes off it; 0 when there is none.</summary>
    public static int TakeError(int fd)
    {
        int error = 0, length = sizeof(int);
        return Libc.GetSocketOption(fd, Libc.SolSocket, Libc.SoError, &error, &length) < 0 ? Errno.Last : error;
    }

    public static int Receive(int fd, Span<byte> buffer)
    {
        nint count;
        fixed (byte* start = buffer)
        {
            do count = Libc.Receive(fd, start, buffer.Length, 0);
            while (count < 0 && Errno.Last == Errno.Interrupted);
        }

        return (int)count;
    }

    /// <summary>Whether a receive would find bytes, an end or an error. Takes nothing.</summary>
    public static bool HasInput(int fd)
    {
        byte one;
        return Libc.Receive(fd, &one, 1, Libc.MsgPeek | Libc.MsgDontWait) >= 0 || Errno.Last is not (Errno.TryAgain or Errno.Interrupted);
    }

    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        nint count;
        fixed (byte* start = bytes)
        {
            do count = Libc.Send(fd, start, bytes.Length, Libc.MsgNoSignal);
            while (count < 0 && Errno.Last == Errno.Interrupted);
        }

        return (int)count;
    }

    /// <summary>Bytes that are sent or wait to be, and that the peer has not acknowledged (SIOCOUTQ); a FIN counts as one. Still told after a reset.</summary>
    public static int Unacknowledged(int fd)
    {
        var bytes = 0;
        return Libc.Control(fd, Libc.OutQueue, &bytes) < 0 ? 0 : bytes;
    }

    /// <summary>Neither bytes nor an end wait to be received.</summary>
    public static bool HasNothing(int fd)
    {
        byte first;
        return Libc.Receive(fd, &first, 1, Libc.MsgPeek) < 0 && Errno.Last == Errno.TryAgain;
    }

    /// <summary>Sends RST and drops what is queued, at once. The descriptor is still to be closed.</summary>
    public static void Reset(int fd)
    {
        // connect(2): an address of the family AF_UNSPEC dissolves the association. In TCP that is the ABORT call of RFC 9293
        var unspecified = stackalloc byte[SocketAddressBytes.MaxLength];
        new Span<byte>(unspecified, SocketAddressBytes.MaxLength).Clear();
        if (Libc.Connect(fd, unspecified, SocketAddressBytes.MaxLength) == 0) return;
        // Then the close sends it
        var onWithoutWaiting = stackalloc int[] { 1, 0 };
        Libc.SetSocketOption(fd, Libc.SolSocket, Libc.SoLinger, onWithoutWaiting, 2 * sizeof(int));
    }
}
