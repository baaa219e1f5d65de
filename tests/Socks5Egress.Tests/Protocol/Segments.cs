using System.Buffers;

namespace Socks5Egress.Tests.Protocol;

/// <summary>Builds sequences the way a pipe hands them out: in pieces, some of them empty.</summary>
internal static class Segments
{
    /// <summary>The bytes in one segment.</summary>
    public static ReadOnlySequence<byte> Whole(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>The bytes in segments that end at the given positions, in rising order.</summary>
    public static ReadOnlySequence<byte> CutAt(ReadOnlyMemory<byte> bytes, params int[] ends)
    {
        Segment? first = null, last = null;
        int start = 0;
        foreach (var end in ends.Append(bytes.Length))
        {
            last = new Segment(bytes[start..end], last);
            first ??= last;
            start = end;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    /// <summary>Every byte in a segment of its own, and an empty segment in front of each.</summary>
    public static ReadOnlySequence<byte> Single(ReadOnlyMemory<byte> bytes) =>
        CutAt(bytes, [.. Enumerable.Range(0, bytes.Length).SelectMany(i => new[] { i, i })]);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
