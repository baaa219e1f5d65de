using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The three fields that end a request and a reply (RFC 1928 section 5).
/// <code>
/// +------+----------+------+
/// | ATYP |   ADDR   | PORT |   ADDR: 01 four bytes, 04 sixteen bytes,
/// +------+----------+------+         03 one byte of length (1 to 255) and the name
/// |  1   | Variable |  2   |   PORT: network byte order
/// +------+----------+------+
/// </code>
/// </summary>
internal readonly struct AddressField(AddressType type, ReadOnlySequence<byte> host, ushort port)
{
    /// <summary>The longest field, a name of 255 bytes.</summary>
    public const int MaxLength = 1 + 1 + 255 + 2;

    public AddressType Type { get; } = type;

    /// <summary>The address or the name, without its length; a slice of the buffer that was read.</summary>
    public ReadOnlySequence<byte> Host { get; } = host;

    public ushort Port { get; } = port;

    /// <summary>Reads the field. A fault shows as soon as the byte that is at fault is there.</summary>
    public static ParseStatus Read(ref SequenceReader<byte> reader, out AddressField field, out ParseFault fault)
    {
        field = default;
        fault = ParseFault.None;
        if (!reader.TryRead(out var type)) return ParseStatus.NeedMore;

        int length;
        switch ((AddressType)type)
        {
            case AddressType.IPv4:
                length = 4;
                break;
            case AddressType.IPv6:
                length = 16;
                break;
            case AddressType.DomainName:
                if (!reader.TryRead(out var count)) return ParseStatus.NeedMore;
                if (count == 0)
                {
                    fault = ParseFault.Length;
                    return ParseStatus.Invalid;
                }

                length = count;
                break;
            default:
                fault = ParseFault.AddressType;
                return ParseStatus.Invalid;
        }

        if (!reader.TryReadExact(length, out var host) || !reader.TryReadBigEndian(out short port)) return ParseStatus.NeedMore;
        field = new AddressField((AddressType)type, host, (ushort)port);
        return ParseStatus.Done;
    }

    public Destination ToDestination()
    {
        if (Type == AddressType.DomainName) return Destination.Of(Encoding.Latin1.GetString(Host), Port);
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..(int)Host.Length];
        Host.CopyTo(bytes);
        return Destination.Of(AddressLiteral.FromBytes(bytes), Port);
    }

    public static int Write(Span<byte> destination, IPAddress address, int port)
    {
        // A dual-stack socket names IPv4 peers in the mapped form; the peer of a client asked for IPv4, so say that
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        destination[0] = (byte)(address.AddressFamily == AddressFamily.InterNetwork ? AddressType.IPv4 : AddressType.IPv6);
        if (!address.TryWriteBytes(destination[1..], out var length))
            throw new ArgumentException("The span is too short for an address.", nameof(destination));
        BinaryPrimitives.WriteUInt16BigEndian(destination[(1 + length)..], (ushort)port);
        return 1 + length + 2;
    }

    public static int Write(Span<byte> destination, string name, int port)
    {
        ArgumentOutOfRangeException.ThrowIfZero(name.Length, nameof(name));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, byte.MaxValue, nameof(name));
        destination[0] = (byte)AddressType.DomainName;
        destination[1] = (byte)name.Length;
        var length = 2 + Encoding.Latin1.GetBytes(name, destination[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[length..], (ushort)port);
        return length + 2;
    }
}
