using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Socks5Egress.Relaying;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>
/// A client's leg as Kestrel wants it. Two pipes stand between them: the leg's continuations run on the thread that owns it, Kestrel's on the
/// thread pool, and the leg is read even while nobody wants its bytes, so that a reset is seen while an origin is thinking.
/// </summary>
internal sealed class HandedConnection : DefaultConnectionContext
{
    private readonly ILeg _client;
    private readonly Traffic _traffic;
    private readonly TimeProvider _time;
    private readonly Pipe _up, _down;
    private readonly RawFieldReader _reader;
    private volatile bool _stopsReading;
    private readonly CancellationTokenSource _broken = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HandedConnection(ILeg client, string id, Traffic traffic, TimeProvider time)
        : base(id)
    {
        (_client, _traffic, _time) = (client, traffic, time);
        // An inline scheduler would run the leg's work under Kestrel's locks
        var own = client.Scheduler == PipeScheduler.Inline ? PipeScheduler.ThreadPool : client.Scheduler;
        _up = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.ThreadPool, writerScheduler: own, useSynchronizationContext: false));
        _down = new Pipe(new PipeOptions(readerScheduler: own, writerScheduler: PipeScheduler.ThreadPool, useSynchronizationContext: false));
        _reader = new RawFieldReader(_up.Reader);
        Transport = new Sides(_reader, _down.Writer);
        (LocalEndPoint, RemoteEndPoint) = (client.LocalEndPoint, client.RemoteEndPoint);
        ConnectionClosed = _broken.Token;
    }

    /// <summary>The client's FIN has come.</summary>
    public bool Finished { get; private set; }

    /// <summary>The client's side broke, for this reason.</summary>
    public LegFault? Fault { get; private set; }

    /// <summary>Either side has cut it: there is nobody to say anything to.</summary>
    public bool Cut { get; private set; }

    /// <summary>Nothing more is taken from the client: to Kestrel as if it had ended in order, so that it closes behind what it is writing. Any thread.</summary>
    public void StopReading()
    {
        _stopsReading = true;
        _client.Input.CancelPendingRead();
    }

    /// <summary>The fields of the last head as the client wrote them.</summary>
    public RawFields TakeFields() => _reader.Take();

    /// <summary>Carries bytes until Kestrel has let go of the connection and the client's kernel has all of them.</summary>
    public async Task CarryAsync()
    {
        var up = PumpUpAsync();
        var down = PumpDownAsync();
        await _released.Task;
        await down;
        _client.Input.CancelPendingRead();
        await up;
        _broken.Dispose();
    }

    public override void Abort(ConnectionAbortedException abortReason) => Abort();

    /// <summary>RST to the client. A FIN would make an answer that ends with the connection look whole.</summary>
    public override void Abort()
    {
        Cut = true;
        _client.Abort();
    }

    public override ValueTask DisposeAsync()
    {
        _reader.Complete();
        _down.Writer.Complete();
        _released.TrySetResult();
        return base.DisposeAsync();
    }

    private async Task PumpUpAsync()
    {
        try
        {
            while (true)
            {
                var read = await _client.Input.ReadAsync();
                var length = (int)read.Buffer.Length;
                foreach (var segment in read.Buffer) _up.Writer.Write(segment.Span);
                _client.Input.AdvanceTo(read.Buffer.End);
                _traffic.HeardUp(length);
                _traffic.Up(length, _time.GetTimestamp());
                var flushed = await _up.Writer.FlushAsync();
                if (read.IsCompleted) break;
                if (_stopsReading) await _up.Writer.CompleteAsync();
                if (read.IsCanceled || _stopsReading || flushed.IsCompleted) return;
            }
            Finished = true;
            _traffic.ClosedUp(_time.GetTimestamp());
            await _up.Writer.CompleteAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            await BreakAsync(fault);
            await _up.Writer.CompleteAsync(new ConnectionResetException("The client is gone.", exception));
        }
    }

    private async Task PumpDownAsync()
    {
        try
        {
            while (true)
            {
                var read = await _down.Reader.ReadAsync();
                var length = (int)read.Buffer.Length;
                foreach (var segment in read.Buffer) _client.Output.Write(segment.Span);
                if (length > 0)
                {
                    _traffic.HeardDown(length);
                    await _client.Output.FlushAsync();
                    _traffic.Down(length, _time.GetTimestamp());
                }
                _down.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            await _down.Reader.CompleteAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            await BreakAsync(fault);
            await _down.Reader.CompleteAsync(new ConnectionResetException("The client is gone.", exception));
        }
    }

    private Task BreakAsync(LegFault fault)
    {
        if (!Cut) Fault = fault;
        Cut = true;
        return _broken.CancelAsync();
    }

    private sealed record Sides(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
