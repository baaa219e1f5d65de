using System.IO.Pipelines;
using System.Net;
using Socks5Egress.Transport.Relay;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport;

/// <summary>
/// One TCP connection, to a client or to a target: an <see cref="IDuplexPipe"/> for its whole life, whatever
/// carries it. Handshake, TLS and HTTP work over the pipes and do not know which transport is below.
/// </summary>
/// <remarks>
/// What every implementation promises:
/// <list type="bullet">
/// <item><c>Output.FlushAsync</c> completes when the kernel has taken the bytes: nothing queued is lost by a later close.</item>
/// <item><c>Output.Complete()</c> sends FIN; <c>Input</c> goes on. A peer's FIN completes <c>Input</c>; <c>Output</c> goes on.</item>
/// <item>A broken connection shows as an exception from either pipe, which <see cref="LegFault"/> alone translates.</item>
/// <item>Continuations may run inline on the thread that owns the connection: they must not block.</item>
/// </list>
/// </remarks>
internal interface ILeg : IDuplexPipe, IAsyncDisposable
{
    /// <summary>This end: for a target leg the egress address, for a client leg the address it came in at.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>The other end.</summary>
    IPEndPoint RemoteEndPoint { get; }

    /// <summary>
    /// The endpoint that the peer of an accepted connection dialed, before this machine's firewall translated it; without a translation the local one.
    /// On the leg's thread.
    /// </summary>
    IPEndPoint DialedEndPoint => LocalEndPoint;

    /// <summary>
    /// The connection itself: what is asked of the kernel, and which thread owns it, is this leg's. A leg that is wrapped around
    /// another one, as TLS is, leads to the lowest.
    /// </summary>
    ILeg Raw => this;

    /// <summary>
    /// The kernel has given the connection up. While a write to it is under way that is a reset, even where a read has found only an end
    /// because the write has taken the error. False where nobody tells.
    /// </summary>
    bool IsGone => false;

    /// <summary>
    /// Bytes that our kernel has taken and the peer has not acknowledged; 0 where nobody tells. On the leg's thread (<see cref="Scheduler"/>).
    /// </summary>
    long Unacknowledged => 0;

    /// <summary>
    /// Something waits to be read, as the kernel has it at this moment: bytes, an end or an error. For a connection that nobody expects anything
    /// from. May say yes without need, never no.
    /// </summary>
    bool HasInput => true;

    /// <summary>
    /// Waits until <c>Input</c> has something: bytes, an end or an error. A connection that waits so holds as little as its transport can do with. Everything
    /// that was written has been flushed, and everything that was read was consumed; take <c>Input</c> and <c>Output</c> from the leg again afterwards.
    /// </summary>
    /// <returns>False: <see cref="EndWait"/> has ended it.</returns>
    ValueTask<bool> WaitForInputAsync() => InputWait.OfPipeAsync(Input);

    /// <summary>Ends the wait that is under way. On the leg's thread, or on another one where <see cref="Elsewhere"/> leads to one.</summary>
    void EndWait() => Input.CancelPendingRead();

    /// <summary>Runs work on the thread that owns this connection, at once when called on it.</summary>
    PipeScheduler Scheduler { get; }

    /// <summary>
    /// Where another thread has something done to this connection, such as ending it: what awaits the connection may go on at once, on the thread that
    /// does it. Never the thread of the timers.
    /// </summary>
    PipeScheduler Elsewhere => Scheduler;

    /// <summary>
    /// Cancels <paramref name="onReset"/> when the peer resets the connection while nobody reads <c>Input</c>
    /// (while the target is dialled). A FIN is no reset: a client may half-close behind its request.
    /// Dispose the watch before reading <c>Input</c> again; bytes that arrived meanwhile are still there.
    /// </summary>
    IAsyncDisposable WatchReset(CancellationTokenSource onReset);

    /// <summary>
    /// Carries the bytes of both directions without the pipes, when both legs are raw ones of the same transport;
    /// otherwise null, and nothing has happened. What <c>Input</c> has buffered goes first. From here on the pipes
    /// of both legs are not to be used; both connections are closed when the task ends.
    /// </summary>
    /// <param name="target">The other leg.</param>
    /// <param name="traffic">Counts and times, kept up to date while it runs.</param>
    /// <param name="stop">Ends it: both sides are reset.</param>
    Task<RelayOutcome>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop);

    /// <summary>As <see cref="TryRelay"/>, for what is said inside TLS over this leg.</summary>
    /// <param name="client">The leg that is wrapped around this one.</param>
    /// <inheritdoc cref="TryRelay"/>
    Task<RelayOutcome>? TryRelayInside(TlsLeg client, ILeg target, Traffic traffic, CancellationToken stop) => null;

    /// <summary>
    /// Carries the next bytes that come, exactly so many, to another leg past both pipes, where the transport has a shorter way between the two;
    /// otherwise null, and nothing has happened. Everything that was written to <paramref name="to"/> has been flushed. The caller holds a read of
    /// <c>Input</c> that brought something new, has passed on all of it, and advances it when the task has ended: until then nobody reads
    /// <c>Input</c> or writes to the other one's <c>Output</c>. Their other directions go on through the pipes.
    /// </summary>
    /// <param name="to">The leg they go to.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="source">The side of this leg.</param>
    /// <param name="traffic">Counts and times, kept up to date while it runs.</param>
    /// <param name="stop">Ends it. What is on its way between the two is lost then: one of the legs is to be aborted.</param>
    Task<Carried>? TryCarry(ILeg to, long count, RelaySide source, Traffic traffic, CancellationToken stop) => null;

    /// <summary>
    /// Much will be read from here on: what <c>Input</c> reads into is large. Call it while <c>Input</c> has nothing buffered and no read is under way;
    /// take <c>Input</c> from the leg again afterwards.
    /// </summary>
    void ExpectBulk()
    {
    }

    /// <summary>
    /// Has the kernel send no faster than this (SO_MAX_PACING_RATE): no byte is counted or held back here, and what is spliced is paced too. Nothing where the
    /// system cannot.
    /// </summary>
    /// <param name="bitsPerSecond">0: as fast as it goes.</param>
    void Pace(long bitsPerSecond)
    {
    }

    /// <summary>Sets how long a silence lasts before TCP asks whether the peer is still there. Without this: 60 s.</summary>
    /// <param name="idle">Whole seconds, from 1 s on.</param>
    void KeepAlive(TimeSpan idle);

    /// <summary>
    /// Ends the relay of two silent legs in order, with FIN to both. Nothing is passed on from the moment that it is decided: a message that
    /// comes then is lost whole, and its sender is told by a reset. No peer ever sees FIN behind the first half of a message. On the leg's thread.
    /// </summary>
    /// <param name="target">The other leg of the relay.</param>
    /// <param name="flowed">What <see cref="Traffic.Flowed"/> was when the legs were found silent.</param>
    /// <param name="cause">Handed back in <see cref="RelayOutcome.Cause"/>: why the caller ended it.</param>
    SilentEnd TryEndSilent(ILeg target, long flowed, byte cause) => SilentEnd.Unable;

    /// <summary>
    /// Looks whether the peer still acknowledges, on the thread that owns the connection. Does nothing where the system does not tell.
    /// </summary>
    /// <param name="limit">How long bytes may be in flight without any acknowledgement.</param>
    /// <param name="vanished">Called with <paramref name="state"/> when they have been.</param>
    /// <param name="state">For <paramref name="vanished"/>.</param>
    void CheckPeer(TimeSpan limit, Action<object> vanished, object state)
    {
    }

    /// <summary>Sends RST and drops what is queued. Any thread, any number of times.</summary>
    void Abort();
}
