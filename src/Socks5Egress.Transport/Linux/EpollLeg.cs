using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport.Relay;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One connection on a loop. It remembers what epoll has said, and leaves bytes where they are until somebody asks:
/// the pipes, which come into being at first use, or a relay.
/// </summary>
internal sealed partial class EpollLeg : LoopSocket, ILeg
{
    private static readonly StreamPipeReaderOptions InputOptions = new(useZeroByteReads: true, leaveOpen: true);

    // As much as a relay takes at once; an idle connection holds none of it
    private static readonly StreamPipeReaderOptions BulkOptions = new(bufferSize: 64 * 1024, useZeroByteReads: true, leaveOpen: true);

    private EpollStream? _stream;
    private PipeReader? _input;
    private PipeWriter? _output;
    private EpollRelay? _relay;
    private LegWait? _wait;
    private EpollCarry? _carriedFrom, _carriedTo;
    private SocketError _fault;
    private AckWatch _acks;
    private LegBudget _receives = LegBudget.OfReceives(piped: true), _sends = LegBudget.OfSends(piped: true);
    private bool _attached, _shortTellsNothing, _awaitsTurn, _bulk;

    private EpollLeg(EventLoop loop, int descriptor, IPEndPoint local, IPEndPoint remote)
        : base(loop, descriptor)
    {
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        loop.LegOpened();
    }

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public IPEndPoint DialedEndPoint => (Closed ? null : TcpSocket.OriginalDestination(Descriptor, RemoteEndPoint.AddressFamily)) ?? LocalEndPoint;

    public PipeScheduler Scheduler => Loop;

    public PipeReader Input => _input ??= PipeReader.Create(Stream, _bulk ? BulkOptions : InputOptions);

    public PipeWriter Output => _output ??= PipeWriter.Create(Stream);

    /// <summary>A receive may find something: bytes, FIN or an error.</summary>
    public bool Readable { get; private set; }

    /// <summary>A send may find room, or an error. A new connection has room.</summary>
    public bool Writable { get; private set; } = true;

    /// <summary>
    /// An urgent byte has come. splice(2) stops at its mark and says that nothing is there, for good: only a receive gets past it.
    /// </summary>
    public bool HadUrgent { get; private set; }

    /// <summary>An error waits on the socket, or was taken off it.</summary>
    public bool Broken { get; private set; }

    public bool IsGone => Broken;

    public bool Closed { get; private set; }

    /// <summary>Cancelled when the peer resets the connection; on the loop's thread.</summary>
    public CancellationTokenSource? OnReset { get; set; }

    // Another thread may not touch the descriptor, which could be somebody else's by now
    public bool HasInput => Closed || !Loop.IsCurrent || TcpSocket.HasInput(Descriptor);

    private EpollStream Stream => _stream ??= new EpollStream(this);

    /// <summary>A connection that came in; it is attached on its own loop before anything else that is scheduled there.</summary>
    public static EpollLeg Accepted(EventLoop loop, int descriptor, IPEndPoint local, IPEndPoint remote)
    {
        var leg = new EpollLeg(loop, descriptor, local, remote);
        loop.Schedule(static s => ((EpollLeg)s!).Attach(), leg);
        return leg;
    }

    /// <summary>A connection that was made: takes the place of the attempt.</summary>
    public static EpollLeg Connected(EpollConnect attempt, IPEndPoint local, IPEndPoint remote, SocketReadiness readiness)
    {
        var leg = new EpollLeg(attempt.Loop, attempt.Descriptor, local, remote) { _attached = true };
        leg.Loop.Replace(attempt, leg);
        leg.OnReady(readiness);
        return leg;
    }

    public override void OnReady(SocketReadiness readiness)
    {
        const SocketReadiness broken = SocketReadiness.Error | SocketReadiness.HangUp;
        if ((readiness & (SocketReadiness.In | SocketReadiness.ReadHangUp | broken)) != 0) Readable = true;
        if ((readiness & (SocketReadiness.Out | broken)) != 0) Writable = true;
        if ((readiness & (SocketReadiness.ReadHangUp | SocketReadiness.Urgent | broken)) != 0) _shortTellsNothing = true;
        if ((readiness & SocketReadiness.Urgent) != 0) HadUrgent = true;
        if ((readiness & SocketReadiness.Error) != 0) Broken = true;

        if (_relay is not null) _relay.OnReady(this);
        else _stream?.OnReady();
        _wait?.OnReady();
        _carriedFrom?.Run();
        _carriedTo?.Run();
        if (!Broken || OnReset is not { } onReset) return;
        OnReset = null;
        onReset.Cancel();
    }

    public override void GiveUp() => Close(reset: true);

    /// <summary>FIN behind what was sent.</summary>
    public void SendFin()
    {
        if (!Closed) Libc.Shutdown(Descriptor, Libc.ShutWrite);
    }

    public IAsyncDisposable WatchReset(CancellationTokenSource onReset)
    {
        var watch = new EpollResetWatch(this, onReset);
        Loop.Schedule(static s => ((EpollResetWatch)s!).Begin(), watch);
        return watch;
    }

    public Task<RelayOutcome>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop) =>
        EpollRelay.TryStart(this, null, target, traffic, stop);

    public Task<RelayOutcome>? TryRelayInside(TlsLeg client, ILeg target, Traffic traffic, CancellationToken stop) =>
        EpollRelay.TryStart(this, client, target, traffic, stop);

    /// <summary>Gives the pipes up: what they have buffered goes to <paramref name="relay"/>, their memory back to the pool.</summary>
    public void EnterRelay(EpollRelay relay, RelayDirection onwards)
    {
        (_relay, _wait) = (relay, null);
        (_receives, _sends) = (LegBudget.OfReceives(piped: false), LegBudget.OfSends(piped: false));
        if (_stream is null) return;
        _stream.Detach();
        if (_input is not null)
        {
            // A detached stream reads as ended, so this completes at once, with everything that was not consumed
            var buffered = _input.ReadAsync().AsTask().Result.Buffer;
            foreach (var segment in buffered) onwards.Take(segment.Span);
            _input.AdvanceTo(buffered.End);
            _input.Complete();
        }

        _output?.Complete();
        (_stream, _input, _output) = (null, null, null);
    }

    public ValueTask<bool> WaitForInputAsync()
    {
        if (Loop.IsCurrent) LeavePipes();
        return (_wait = new LegWait(this)).WaitAsync();
    }

    public void EndWait() => Loop.Schedule(static s => ((EpollLeg)s!)._wait?.End(), this);

    public Task<Carried>? TryCarry(ILeg to, long count, RelaySide source, Traffic traffic, CancellationToken stop) =>
        EpollCarry.TryStart(this, to, count, source, traffic, stop);

    /// <summary>Bytes of this leg are carried past its input; null: not any more.</summary>
    public void CarryFrom(EpollCarry? carry)
    {
        _carriedFrom = carry;
        _receives.Become(LegBudget.OfReceives(piped: carry is null));
    }

    /// <summary>Bytes are carried to this leg past its output; null: not any more.</summary>
    public void CarryTo(EpollCarry? carry)
    {
        _carriedTo = carry;
        _sends.Become(LegBudget.OfSends(piped: carry is null));
    }

    /// <summary>It ends in this turn: what the kernel still has is not left for another one.</summary>
    public void LiftBudget() => (_receives, _sends) = (LegBudget.None, LegBudget.None);

    /// <summary>
    /// On the loop's thread. The descriptor is closed at the end of its turn, but a reset is sent at once: nothing of what was counted as
    /// undelivered reaches the peer afterwards.
    /// </summary>
    public void Close(bool reset)
    {
        if (Closed) return;
        Closed = true;
        if (reset) TcpSocket.Reset(Descriptor);
        if (_attached) Loop.Detach(this);
        else Loop.CloseLater(Descriptor);
        Loop.LegClosed();
        _relay?.Stop();
        _stream?.OnReady();
        _wait?.OnReady();
        _carriedFrom?.Run();
        _carriedTo?.Run();
    }

    public void ExpectBulk()
    {
        if (_bulk) return;
        _bulk = true;
        _input?.Complete();
        _input = PipeReader.Create(Stream, BulkOptions);
    }

    public void KeepAlive(TimeSpan idle) => Loop.Schedule(static s =>
    {
        var (leg, seconds) = ((EpollLeg, int))s!;
        if (!leg.Closed) TcpSocket.Set(leg.Descriptor, Libc.SolTcp, Libc.TcpKeepIdle, seconds);
    }, (this, (int)idle.TotalSeconds));

    public void Pace(long bitsPerSecond) => Loop.Schedule(static s =>
    {
        var (leg, rate) = ((EpollLeg, int))s!;
        if (!leg.Closed) TcpSocket.Set(leg.Descriptor, Libc.SolSocket, Libc.SoMaxPacingRate, rate);
    }, (this, TcpSocket.PaceOf(bitsPerSecond)));

    public long Unacknowledged => Closed || !Loop.IsCurrent ? 0 : TcpSocket.Unacknowledged(Descriptor);

    /// <summary>Neither bytes nor an end wait in the kernel, whatever epoll has said so far.</summary>
    public bool HasNothing => TcpSocket.HasNothing(Descriptor);

    public SilentEnd TryEndSilent(ILeg target, long flowed, byte cause) =>
        target is EpollLeg && Loop.IsCurrent && _relay is { } relay ? relay.TryEndSilent(flowed, cause) : SilentEnd.Unable;

    public void CheckPeer(TimeSpan limit, Action<object> vanished, object state) => Loop.Post(static s =>
    {
        var (leg, limit, vanished, state) = ((EpollLeg, TimeSpan, Action<object>, object))s!;
        if (leg.HasVanished(limit)) vanished(state);
    }, (this, limit, vanished, state));

    public void Abort() => Loop.Schedule(static s => ((EpollLeg)s!).Close(reset: true), this);

    public ValueTask DisposeAsync()
    {
        Loop.Schedule(static s => ((EpollLeg)s!).Close(reset: false), this);
        return ValueTask.CompletedTask;
    }

    /// <summary>They come into being again when somebody asks for them.</summary>
    private void LeavePipes()
    {
        if (_stream is null || _output is { UnflushedBytes: > 0 }) return;
        _stream.Detach();
        _input?.Complete();
        _output?.Complete();
        (_stream, _input, _output) = (null, null, null);
    }

    private void GoOn()
    {
        _awaitsTurn = false;
        _receives.Renew();
        _sends.Renew();
        OnReady(SocketReadiness.None);
    }

    private bool HasVanished(TimeSpan limit) =>
        !Closed && TcpInfo.TryRead(Descriptor, out var info) && _acks.HasVanished(info, Loop.Now, limit, Loop.Time);

    private void Attach()
    {
        _attached = !Loop.HasEnded && Loop.Attach(this) == 0;
        if (!_attached) Close(reset: true);
    }
}
