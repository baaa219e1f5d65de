using System.Buffers;
using System.Runtime.CompilerServices;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// What stands behind the last chunk (RFC 9112 section 7.1.2): field lines as in a head, and an empty one.
/// <code>
/// *( field-name ":" value CR LF ) CR LF        at most 100 fields, 8 KiB a line, 16 KiB in all
/// </code>
/// </summary>
internal readonly struct TrailerSection
{
    /// <summary>The longest section, in bytes, its last empty line included.</summary>
    public const int MaxLength = 16 * 1024;

    private TrailerSection(ReadOnlySequence<byte> lines) => Lines = lines;

    /// <summary>The field lines without the empty one: slices of the buffer, gone when it is advanced.</summary>
    public ReadOnlySequence<byte> Lines { get; }

    /// <summary>Reads a section. Each line is judged when its end is there.</summary>
    public static Parsed<TrailerSection> Read(in ReadOnlySequence<byte> buffer)
    {
        var section = buffer.Slice(0, Math.Min(buffer.Length, MaxLength));
        return section.IsSingleSegment ? Read(buffer, section.FirstSpan) : ReadCut(buffer, section);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Parsed<TrailerSection> ReadCut(in ReadOnlySequence<byte> buffer, in ReadOnlySequence<byte> section)
    {
        Span<byte> copy = stackalloc byte[MaxLength];
        section.CopyTo(copy);
        return Read(buffer, copy[..(int)section.Length]);
    }

    private static Parsed<TrailerSection> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var lines = new HeadLines(bytes);
        var count = 0;
        while (true)
        {
            var start = lines.Position;
            switch (lines.Next(out var line, out var fault))
            {
                case ParseStatus.NeedMore:
                    return bytes.Length < MaxLength ? Parsed<TrailerSection>.NeedMore : Parsed<TrailerSection>.Invalid(ParseFault.TooLarge);
                case ParseStatus.Invalid:
                    return Parsed<TrailerSection>.Invalid(fault == ParseFault.LineTooLong ? ParseFault.TooLarge : fault);
            }
            if (line.Start.Value == line.End.Value)
                return Parsed<TrailerSection>.Done(new TrailerSection(buffer.Slice(0, start)), buffer.GetPosition(lines.Position));
            if (++count > ConnectHead.MaxFields) return Parsed<TrailerSection>.Invalid(ParseFault.TooLarge);
            if (!FieldLine.TryParse(bytes[line], out _, out _)) return Parsed<TrailerSection>.Invalid(ParseFault.Syntax);
        }
    }
}
