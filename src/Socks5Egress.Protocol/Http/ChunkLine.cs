using System.Buffers;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The line in front of a chunk (RFC 9112 section 7.1).
/// <code>
/// 1*HEXDIG *( BWS ";" chunk-ext ) CR LF        at most 16 digits, 1 KiB in all
/// </code>
/// Extensions are stepped over: nobody knows one, and they end with this connection. A control character in them is refused all the same.
/// </summary>
internal readonly struct ChunkLine
{
    /// <summary>The longest line without its CR LF, in bytes.</summary>
    public const int MaxLength = 1024;

    private const int MaxDigits = 16;

    private ChunkLine(long size) => Size = size;

    /// <summary>The bytes of the chunk; 0 for the last one.</summary>
    public long Size { get; }

    /// <summary>Reads one line. A digit that is none is refused at once, what follows the size when the line is there.</summary>
    public static Parsed<ChunkLine> Read(in ReadOnlySequence<byte> buffer)
    {
        var line = buffer.Slice(0, Math.Min(buffer.Length, MaxLength + 2));
        if (line.IsSingleSegment) return Read(buffer, line.FirstSpan);
        Span<byte> copy = stackalloc byte[MaxLength + 2];
        line.CopyTo(copy);
        return Read(buffer, copy[..(int)line.Length]);
    }

    private static Parsed<ChunkLine> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var digits = 0;
        ulong size = 0;
        while (digits < bytes.Length && HexValue(bytes[digits]) is var value and >= 0)
        {
            if (digits++ == MaxDigits) return Parsed<ChunkLine>.Invalid(ParseFault.Length);
            size = (size << 4) | (uint)value;
        }
        if (size > long.MaxValue) return Parsed<ChunkLine>.Invalid(ParseFault.Length);
        if (digits == bytes.Length) return Parsed<ChunkLine>.NeedMore;
        if (digits == 0) return Parsed<ChunkLine>.Invalid(ParseFault.Syntax);

        var lines = new HeadLines(bytes, MaxLength);
        var status = lines.Next(out var line, out _);
        if (status == ParseStatus.NeedMore) return Parsed<ChunkLine>.NeedMore;
        if (status == ParseStatus.Invalid) return Parsed<ChunkLine>.Invalid(ParseFault.Syntax);
        var rest = bytes[line][digits..];
        var extension = rest.TrimStart(" \t"u8);
        if (!rest.IsEmpty && (extension.IsEmpty || extension[0] != ';' || extension.ContainsAny(CharacterSet.Control)))
            return Parsed<ChunkLine>.Invalid(ParseFault.Syntax);
        return Parsed<ChunkLine>.Done(new ChunkLine((long)size), buffer.GetPosition(lines.Position));
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
