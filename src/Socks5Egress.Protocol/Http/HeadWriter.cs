namespace Socks5Egress.Protocol.Http;

/// <summary>Writes a head line by line into room that is known to be enough.</summary>
internal ref struct HeadWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>The bytes written.</summary>
    public int Length { get; private set; }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[Length..]);
        Length += bytes.Length;
    }

    public void Write(long number)
    {
        number.TryFormat(_room[Length..], out var digits, default, null);
        Length += digits;
    }

    /// <summary>ASCII alone.</summary>
    public void Write(string ascii) => Length += System.Text.Encoding.ASCII.GetBytes(ascii, _room[Length..]);

    /// <summary>One field line in its normal form.</summary>
    public void WriteField(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    /// <summary>Text whose control characters a recipient must not see: each becomes a blank.</summary>
    public void WriteRepaired(scoped ReadOnlySpan<byte> text)
    {
        var start = Length;
        Write(text);
        var written = _room[start..Length];
        while (written.IndexOfAny(CharacterSet.Control) is var at and >= 0) written[at] = (byte)' ';
    }

    /// <summary>The framing that a body leaves with.</summary>
    public void WriteFraming(BodyFraming framing)
    {
        if (framing.Kind == BodyKind.Chunked) Write("Transfer-Encoding: chunked\r\n"u8);
        if (framing.Kind != BodyKind.Length) return;
        Write("Content-Length: "u8);
        Write(framing.Length);
        Write("\r\n"u8);
    }
}
