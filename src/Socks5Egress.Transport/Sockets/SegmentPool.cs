using System.Buffers;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// The buffers of one connection's pipes: 4 KiB while it negotiates (thousands of stalled handshakes must stay
/// cheap), 64 KiB once it carries bulk. Free buffers are shared by all connections and bounded (8 MiB of large ones, 4 MiB of
/// small ones), so that thousands of sessions closing at once give their memory back; the array pools of the runtime kept a
/// gigabyte in that case.
/// </summary>
internal sealed class SegmentPool : MemoryPool<byte>
{
    private const int Small = 4 * 1024;
    private const int Large = 64 * 1024;
    private static readonly FreeList SmallOnes = new(Small, capacity: 1024);
    private static readonly FreeList LargeOnes = new(Large, capacity: 128);

    private volatile FreeList _current = SmallOnes;

    public override int MaxBufferSize => Large;

    /// <summary>From now on buffers are large.</summary>
    public void Bulk() => _current = LargeOnes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => minBufferSize > Small ? LargeOnes.Rent() : _current.Rent();

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class FreeList(int size, int capacity)
    {
        private readonly Stack<Segment> _free = new();

        public Segment Rent()
        {
            lock (_free)
            {
                if (_free.TryPop(out var segment)) return segment;
            }
            return new Segment(this, size);
        }

        public void Return(Segment segment)
        {
            lock (_free)
            {
                if (_free.Count < capacity) _free.Push(segment);
            }
        }
    }

    private sealed class Segment(FreeList home, int size) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(size);

        public void Dispose() => home.Return(this);
    }
}
