using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Tests.Transport;

/// <summary>A leg without a socket: the peer's end is <see cref="Peer"/>.</summary>
internal sealed class MemoryLeg : ILeg
{
    private readonly Pipe _toUs = new(Options);
    private readonly Pipe _toPeer = new(Options);
    private CancellationTokenSource? _onReset;

    public MemoryLeg(string remote = "192.0.2.1:40000", string local = "192.0.2.2:1080")
    {
        RemoteEndPoint = IPEndPoint.Parse(remote);
        LocalEndPoint = IPEndPoint.Parse(local);
        Peer = new PeerEnd(_toPeer.Reader, _toUs.Writer);
    }

    public PeerEnd Peer { get; }

    public bool Aborted { get; private set; }

    public bool Closed { get; private set; }

    public bool IsGone { get; set; }

    public long Unacknowledged { get; set; }

    public PipeReader Input => _toUs.Reader;

    public PipeWriter Output => field ??= new LegOutput(_toPeer.Writer, this);

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public PipeScheduler Scheduler => PipeScheduler.Inline;

    private static PipeOptions Options => new(useSynchronizationContext: false, readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline);

    /// <summary>The peer resets the connection.</summary>
    public void Reset()
    {
        _onReset?.Cancel();
        var reset = new SocketException((int)SocketError.ConnectionReset);
        _toUs.Writer.Complete(reset);
        _toPeer.Reader.Complete(reset);
    }

    public IAsyncDisposable WatchReset(CancellationTokenSource onReset)
    {
        _onReset = onReset;
        return new Watch(this);
    }

    public Task<RelayOutcome>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop) => null;

    /// <summary>What <see cref="KeepAlive"/> was told; null when nobody called it.</summary>
    public TimeSpan? KeepAliveIdle { get; private set; }

    public void KeepAlive(TimeSpan idle) => KeepAliveIdle = idle;

    public void Abort()
    {
        Aborted = true;
        var aborted = new SocketException((int)SocketError.OperationAborted);
        _toUs.Writer.Complete(aborted);
        // A completed writer alone leaves a flush that waits for the peer waiting
        _toPeer.Writer.CancelPendingFlush();
        _toPeer.Writer.Complete(new SocketException((int)SocketError.ConnectionReset));
        _toPeer.Reader.CancelPendingRead();
    }

    public async ValueTask DisposeAsync()
    {
        Closed = true;
        await _toUs.Reader.CompleteAsync();
        await _toPeer.Writer.CompleteAsync();
    }

    internal sealed record PeerEnd(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>As every leg promises: whoever writes to one that was aborted is told by a socket's error.</summary>
    private sealed class LegOutput(PipeWriter output, MemoryLeg leg) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

        public override long UnflushedBytes => output.UnflushedBytes;

        private PipeWriter Open => leg.Aborted ? throw new SocketException((int)SocketError.OperationAborted) : output;

        public override Memory<byte> GetMemory(int sizeHint = 0) => Open.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => Open.GetSpan(sizeHint);

        public override void Advance(int bytes) => Open.Advance(bytes);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => Open.FlushAsync(cancellationToken);

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => output.Complete(exception);
    }

    private sealed class Watch(MemoryLeg leg) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            leg._onReset = null;
            return default;
        }
    }
}
