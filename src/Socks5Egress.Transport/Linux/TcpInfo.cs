using System.Buffers.Binary;

namespace Socks5Egress.Transport.Linux;

/// <summary>What the kernel knows of a connection (<c>struct tcp_info</c>, tcp(7)); read on the thread that owns the descriptor.</summary>
/// <param name="State">One of the kernel's TCP states.</param>
/// <param name="Unacknowledged">Segments that were sent and not acknowledged.</param>
/// <param name="SinceSent">Since data was last sent.</param>
/// <param name="SinceAcknowledged">
/// Since an acknowledgement last came, of data or of a probe: a peer that is there and does not read still acknowledges probes.
/// </param>
/// <param name="BytesAcknowledged">Bytes that the peer's kernel has acknowledged; 0 before Linux 4.1.</param>
/// <param name="BytesNotSent">Bytes that wait in the send queue for the first time; 0 before Linux 4.6.</param>
/// <param name="Probes">Probes of a closed window, or of keepalive, that have not been answered.</param>
internal readonly record struct TcpInfo(
    byte State, int Unacknowledged, TimeSpan SinceSent, TimeSpan SinceAcknowledged, long BytesAcknowledged, long BytesNotSent, byte Probes = 0)
{
    /// <summary>TCP_CLOSE: after a reset, or once both sides have sent FIN.</summary>
    public const byte Closed = 7;

    /// <summary>SOL_TCP and TCP_INFO, for <see cref="System.Net.Sockets.Socket.GetRawSocketOption"/>.</summary>
    public const int Level = 6, Option = 11;

    /// <summary>Bytes that are read of it; a kernel that knows fewer fills in fewer.</summary>
    public const int Length = 168;

    private const int LeastLength = 104;

    /// <summary>By the kernel's layout: offsets have not changed, new fields come at the end.</summary>
    /// <param name="bytes">What getsockopt has filled in.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out TcpInfo info)
    {
        info = default;
        if (bytes.Length < LeastLength) return false;
        info = new TcpInfo(bytes[0], Int(bytes, 24), Milliseconds(bytes, 44), Milliseconds(bytes, 56), Long(bytes, 120), Int(bytes, 144), bytes[3]);
        return true;
    }

    /// <summary>Asks the kernel.</summary>
    public static unsafe bool TryRead(int descriptor, out TcpInfo info)
    {
        var bytes = stackalloc byte[Length];
        var length = Length;
        info = default;
        return Libc.GetSocketOption(descriptor, Level, Option, (int*)bytes, &length) == 0 && TryRead(new ReadOnlySpan<byte>(bytes, length), out info);
    }

    private static int Int(ReadOnlySpan<byte> bytes, int at) => bytes.Length < at + sizeof(int) ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    private static long Long(ReadOnlySpan<byte> bytes, int at) => bytes.Length < at + sizeof(long) ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static TimeSpan Milliseconds(ReadOnlySpan<byte> bytes, int at) => TimeSpan.FromMilliseconds((uint)Int(bytes, at));
}
