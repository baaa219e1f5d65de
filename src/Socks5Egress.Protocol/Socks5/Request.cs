using System.Buffers;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// What a client wants (RFC 1928 section 4).
/// <code>
/// +-----+-----+-----+------+----------+------+
/// | VER | CMD | RSV | ATYP | DST.ADDR | PORT |
/// +-----+-----+-----+------+----------+------+
/// | 05  |  1  | 00  |  1   | Variable |  2   |
/// +-----+-----+-----+------+----------+------+
/// </code>
/// RSV must be 00 for the sender; a reader has no use for it, and refusing it would only break sloppy clients,
/// so any value is read. Any command is read too, because refusing it takes a reply.
/// </summary>
internal readonly struct Request
{
    private readonly AddressField _address;

    private Request(Command command, AddressField address)
    {
        Command = command;
        _address = address;
    }

    /// <summary>The longest request, in bytes.</summary>
    public const int MaxLength = 3 + AddressField.MaxLength;

    /// <summary>What to do; any byte value.</summary>
    public Command Command { get; }

    /// <summary>The form of <see cref="Host"/>; one of the three that exist.</summary>
    public AddressType AddressType => _address.Type;

    /// <summary>
    /// 4 or 16 bytes of address or 1 to 255 of name, inside the buffer that was read; gone when that buffer is advanced.
    /// </summary>
    public ReadOnlySequence<byte> Host => _address.Host;

    /// <summary>0 to 65535.</summary>
    public ushort Port => _address.Port;

    /// <summary>
    /// The destination as a value that outlives the buffer (this allocates). An address is in its canonical form:
    /// see <see cref="AddressLiteral.Canonical"/>.
    /// </summary>
    public Destination ToDestination() => _address.ToDestination();

    /// <summary>
    /// Reads a request. <see cref="ParseFault.Version"/> on the first byte when that is not 05,
    /// <see cref="ParseFault.AddressType"/> on the fourth when that is none of the three,
    /// <see cref="ParseFault.Length"/> on the fifth for a name of no bytes.
    /// </summary>
    public static Parsed<Request> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<Request>.NeedMore;
        if (version != Socks5Version.Value) return Parsed<Request>.Invalid(ParseFault.Version);
        if (!reader.TryRead(out var command) || !reader.TryRead(out _)) return Parsed<Request>.NeedMore;

        return AddressField.Read(ref reader, out var address, out var fault) switch
        {
            ParseStatus.Done => Parsed<Request>.Done(new Request((Command)command, address), reader.Position),
            ParseStatus.Invalid => Parsed<Request>.Invalid(fault),
            _ => Parsed<Request>.NeedMore,
        };
    }

    /// <summary>
    /// The command of a request that <see cref="Read"/> calls invalid, or null when the bytes do not get that far. An
    /// unsupported command may have a form of its own behind it, so 07 goes before 08 when both would do.
    /// </summary>
    public static Command? PeekCommand(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryRead(out var version) && version == Socks5Version.Value && reader.TryRead(out var command)
            ? (Command)command
            : null;
    }

    /// <summary>Writes the request of a client.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes, or as many as the target takes.</param>
    /// <param name="command">What to do.</param>
    /// <param name="target">An address, or a name of 1 to 255 characters up to U+00FF (sent as Latin-1).</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, Command command, Destination target)
    {
        destination[0] = Socks5Version.Value;
        destination[1] = (byte)command;
        destination[2] = 0;
        return 3 + (target.Address is { } address
            ? AddressField.Write(destination[3..], address, target.Port)
            : AddressField.Write(destination[3..], target.Name ?? "", target.Port));
    }
}
