using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Socks5Egress.Protocol.Socks4;

/// <summary>
/// What a SOCKS4 or 4a client wants (the two memos of NEC, "SOCKS: A protocol for TCP proxy across firewalls" and
/// "SOCKS 4A: A Simple Extension to SOCKS 4 Protocol").
/// <code>
/// +----+----+---------+-------+----------+----+ +----------+----+
/// | VN | CD | DSTPORT | DSTIP |  USERID  | 00 | |   NAME   | 00 |   the second part in 4a only, which
/// +----+----+---------+-------+----------+----+ +----------+----+   DSTIP 0.0.0.1 to 0.0.0.255 announces
/// | 04 | 1  |    2    |   4   | 0 to 512 | 1  | | 1 to 255 | 1  |
/// +----+----+---------+-------+----------+----+ +----------+----+
/// </code>
/// Neither memo limits USERID or NAME. The limits here are 512 bytes, which no client comes near, and the 255 of SOCKS5;
/// what runs on is cut off. They also bound the work on a request that comes byte by byte. USERID proves nothing
/// and is skipped.
/// </summary>
internal readonly struct Request
{
    private const byte Version = 0x04;
    private const int MaxUserIdLength = 512;
    private const int MaxNameLength = 255;

    private readonly uint _address;
    private readonly ReadOnlySequence<byte> _name;

    private Request(Command command, ushort port, uint address, ReadOnlySequence<byte> name)
    {
        Command = command;
        Port = port;
        _address = address;
        _name = name;
    }

    /// <summary>What to do; any byte value.</summary>
    public Command Command { get; }

    /// <summary>0 to 65535.</summary>
    public ushort Port { get; }

    /// <summary>
    /// The destination as a value that outlives the buffer (this allocates); to be taken before the buffer is advanced.
    /// </summary>
    public Destination ToDestination()
    {
        if (!_name.IsEmpty) return Destination.Of(Encoding.Latin1.GetString(_name), Port);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _address);
        return Destination.Of(new IPAddress(bytes), Port);
    }

    /// <summary>
    /// Reads a request. <see cref="ParseFault.Version"/> on the first byte when that is not 04,
    /// <see cref="ParseFault.TooLarge"/> when USERID or NAME runs over its limit, <see cref="ParseFault.Length"/> for an
    /// empty NAME.
    /// </summary>
    public static Parsed<Request> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<Request>.NeedMore;
        if (version != Version) return Parsed<Request>.Invalid(ParseFault.Version);
        if (!reader.TryRead(out var command)) return Parsed<Request>.NeedMore;
        if (!reader.TryReadBigEndian(out short port) || !reader.TryReadBigEndian(out int address))
            return Parsed<Request>.NeedMore;

        var status = ReadTerminated(ref reader, MaxUserIdLength, out _);
        ReadOnlySequence<byte> name = default;
        if (status == ParseStatus.Done && (uint)address is > 0 and <= 255)
        {
            status = ReadTerminated(ref reader, MaxNameLength, out name);
            if (status == ParseStatus.Done && name.IsEmpty) return Parsed<Request>.Invalid(ParseFault.Length);
        }

        return status switch
        {
            ParseStatus.Done =>
                Parsed<Request>.Done(new Request((Command)command, (ushort)port, (uint)address, name), reader.Position),
            ParseStatus.Invalid => Parsed<Request>.Invalid(ParseFault.TooLarge),
            _ => Parsed<Request>.NeedMore,
        };
    }

    private static ParseStatus ReadTerminated(ref SequenceReader<byte> reader, int limit, out ReadOnlySequence<byte> value)
    {
        // Nothing beyond the limit is looked at, however much is there
        var window = new SequenceReader<byte>(reader.UnreadSequence.Slice(0, Math.Min(reader.Remaining, limit + 1)));
        if (window.TryReadTo(out value, (byte)0))
        {
            reader.Advance(window.Consumed);
            return ParseStatus.Done;
        }

        return window.Length > limit ? ParseStatus.Invalid : ParseStatus.NeedMore;
    }
}
