using System.Buffers;

namespace Socks5Egress.Benchmarks;

/// <summary>Bytes as a pipe hands them out: in one segment, or cut in the middle into two.</summary>
internal static class Bytes
{
    public static ReadOnlySequence<byte> Sequence(byte[] bytes, bool cut)
    {
        if (!cut) return new ReadOnlySequence<byte>(bytes);
        var middle = bytes.Length / 2;
        var last = new Segment(bytes.AsMemory(middle), middle);
        return new ReadOnlySequence<byte>(new Segment(bytes.AsMemory(0, middle), last), 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment(ReadOnlyMemory<byte> memory, Segment next)
        {
            Memory = memory;
            Next = next;
        }
    }
}
