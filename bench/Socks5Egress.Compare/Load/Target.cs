using System.Buffers.Binary;

namespace Socks5Egress.Compare.Load;

/// <summary>
/// What the proxies lead to: one thread, one port. The first byte of a connection says what it is for:
/// <c>E</c> echo (the byte itself included), <c>S</c> send the pattern, <c>K</c> take the pattern and check it,
/// <c>C</c> answer with the counters, each time it comes.
/// </summary>
internal sealed class Target : IDisposable
{
    private readonly Poll _poll = new();
    private readonly Peer?[] _peers = new Peer?[65_536];
    private readonly byte[] _buffer = new byte[Pattern.Block];
    private readonly int _listener;
    private TargetCounters _counters;

    public Target()
    {
        _listener = Libc.ListenLoopback(out int port);
        Port = port;
        _poll.Add(_listener, Poll.In);
        // Standard input closes when the runner is gone, however it went
        _poll.Add(0, Poll.In);
    }

    public int Port { get; }

    public void Dispose() => _poll.Dispose();

    /// <summary>Serves until standard input ends.</summary>
    public void Serve()
    {
        while (true)
        {
            int count = _poll.Wait(10_000_000_000);
            for (int i = 0; i < count; i++)
            {
                (uint events, int fd) = _poll[i];
                if (fd == 0) return;
                if (fd == _listener) Accept();
                else if (_peers[fd] is { } peer && !Handle(peer, events)) Close(fd);
            }
        }
    }

    private void Accept()
    {
        // A bounded batch: the others in this round of events wait
        for (int i = 0; i < 64; i++)
        {
            int fd = Libc.Accept(_listener);
            if (fd < 0) return;
            _peers[fd] = new Peer(fd);
            _poll.Add(fd, Poll.In);
        }
    }

    private void Close(int fd)
    {
        _peers[fd] = null;
        _ = Libc.Close(fd);
    }

    private bool Handle(Peer peer, uint events)
    {
        if ((events & (Poll.In | Poll.HangUp | Poll.Error)) != 0 && !Read(peer)) return false;
        return (events & Poll.Out) == 0 || Write(peer);
    }

    private bool Read(Peer peer)
    {
        int count = Libc.Receive(peer.Fd, _buffer);
        if (count == -Libc.Again) return true;
        if (count <= 0) return false;

        ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, count);
        if (peer.Use == 0)
        {
            peer.Use = bytes[0];
            if (peer.Use == 'S') _poll.Modify(peer.Fd, Poll.In | Poll.Out);
            if (peer.Use == 'K') bytes = bytes[1..];
        }
        return peer.Use switch
        {
            (byte)'E' => Libc.Send(peer.Fd, bytes) == bytes.Length,
            (byte)'K' => Take(peer, bytes),
            (byte)'C' => Answer(peer),
            (byte)'S' => true,
            _ => false,
        };
    }

    private bool Take(Peer peer, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.SequenceEqual(Pattern.At(peer.Offset, bytes.Length))) _counters.Mismatches++;
        peer.Offset += bytes.Length;
        _counters.Taken += bytes.Length;
        return true;
    }

    private bool Write(Peer peer)
    {
        int count = Libc.Send(peer.Fd, Pattern.At(peer.Offset));
        if (count == -Libc.Again) return true;
        if (count < 0) return false;
        peer.Offset += count;
        return true;
    }

    private bool Answer(Peer peer)
    {
        _counters.CpuNanoseconds = Libc.CpuTime(Environment.ProcessId);
        Span<byte> answer = stackalloc byte[TargetCounters.Length];
        _counters.Write(answer);
        return Libc.Send(peer.Fd, answer) == answer.Length;
    }

    private sealed class Peer(int fd)
    {
        public int Fd { get; } = fd;

        public byte Use { get; set; }

        public long Offset { get; set; }
    }
}

/// <summary>What the target has counted since it started.</summary>
internal struct TargetCounters
{
    public const int Length = 24;

    public long Taken;
    public long Mismatches;
    public long CpuNanoseconds;

    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Taken);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Mismatches);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], CpuNanoseconds);
    }

    public static TargetCounters Read(ReadOnlySpan<byte> bytes) => new()
    {
        Taken = BinaryPrimitives.ReadInt64LittleEndian(bytes),
        Mismatches = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        CpuNanoseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
    };
}
