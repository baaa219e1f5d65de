using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Dialing;

/// <summary>What dialling brings: a leg, or why there is none.</summary>
internal readonly record struct DialResult(ILeg? Leg, EndReason End)
{
    /// <summary>Its place under the ceiling of the destination: dispose it when the connection is over. Null when nobody counts.</summary>
    public IDisposable? Place { get; init; }

    /// <summary>What the policy said; null where it was not asked.</summary>
    public PolicyDecision? Judgement { get; init; }
}

/// <summary>Addresses of a name that come while others are being tried (RFC 8305 section 3).</summary>
/// <param name="Coming">Ends when they are there, or nobody waits for them any more.</param>
/// <param name="Take">Then called once: from the addresses that are left to try to those that are, in their order.</param>
internal sealed record LateSteps(Task Coming, Func<IReadOnlyList<ConnectAttempt>, IReadOnlyList<ConnectAttempt>> Take);

/// <summary>
/// Connects to one of the judged addresses, and to nothing else: it cannot resolve. Happy Eyeballs (RFC 8305 section 5): the next
/// address after 250 ms or as soon as the last attempt failed, the first connection wins, losers are closed, all addresses are tried.
/// </summary>
internal sealed class Dialer(ITransport transport, TimeProvider time)
{
    /// <summary>RFC 8305 section 8: Connection Attempt Delay, recommended 250 ms.</summary>
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Dials until one answers, all failed, or <paramref name="cancellation"/> (the deadline, or a client that left).</summary>
    /// <param name="order">Judged addresses in the order to try them, and where to leave from to each.</param>
    /// <param name="port">The judged port.</param>
    /// <param name="beside">The client's leg, or null when there is none to relay with.</param>
    /// <param name="cancellation">Ends the attempts; the caller knows why.</param>
    /// <param name="late">Addresses that are still being looked up; null: there are none.</param>
    public async ValueTask<DialResult> DialAsync(
        IReadOnlyList<ConnectAttempt> order, int port, ILeg? beside, CancellationToken cancellation, LateSteps? late = null)
    {
        if (late is not null) return await RaceAsync(order, late, port, beside, cancellation);
        if (order.Count == 1) return Result(await ConnectAsync(order[0], port, beside, cancellation));
        return order.Count == 0 ? new DialResult(null, EndReason.NetworkUnreachable) : await RaceAsync(order, null, port, beside, cancellation);
    }

    /// <summary>Listens for a peer that will come by itself (BIND), at a port of the system's choice.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be had.</exception>
    public IAcceptor Listen(IPAddress address) => transport.Listen(new IPEndPoint(address, 0));

    private static DialResult Result(Connected connected) =>
        connected.Leg is { } leg ? new DialResult(leg, EndReason.None) : new DialResult(null, DialFailure.Of(connected.Error));

    private async ValueTask<DialResult> RaceAsync(
        IReadOnlyList<ConnectAttempt> left, LateSteps? late, int port, ILeg? beside, CancellationToken cancellation)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Connected>>(left.Count);
        var failure = EndReason.None;
        // Ends when the next attempt may begin; an attempt that fails takes it away
        Task? stagger = null;
        var coming = late?.Coming.WaitAsync(losers.Token);
        ILeg? winner = null;
        while (winner is null && !cancellation.IsCancellationRequested)
        {
            if (left.Count > 0 && stagger is null)
            {
                running.Add(ConnectAsync(left[0], port, beside, losers.Token).AsTask());
                left = [.. left.Skip(1)];
                stagger = Task.Delay(Stagger, time, losers.Token);
            }
            if (running.Count == 0 && coming is null) break;
            var ended = await Task.WhenAny([.. running, .. left.Count > 0 ? [stagger!] : Array.Empty<Task>(), .. coming is null ? Array.Empty<Task>() : [coming]]);
            if (ended == coming)
            {
                if (coming.IsCompletedSuccessfully) left = late!.Take(left);
                coming = null;
                // Nothing is under way that a newcomer would have to wait for
                if (running.Count == 0) stagger = null;
                continue;
            }
            if (ended is not Task<Connected> attempt || !running.Remove(attempt))
            {
                stagger = null;
                continue;
            }
            var connected = await attempt;
            winner = connected.Leg;
            if (winner is null) (failure, stagger) = (DialFailure.Worse(failure, DialFailure.Of(connected.Error)), null);
        }
        await losers.CancelAsync();
        foreach (var attempt in running) await CloseAsync(await attempt);
        if (winner is not null) return new DialResult(winner, EndReason.None);
        return new DialResult(null, failure == EndReason.None ? EndReason.NetworkUnreachable : failure);
    }

    private ValueTask<Connected> ConnectAsync(
        ConnectAttempt step, int port, ILeg? beside, CancellationToken cancellation) =>
        transport.ConnectAsync(new IPEndPoint(step.Address, port), step.Source, beside, cancellation);

    private static ValueTask CloseAsync(Connected connected) => connected.Leg?.DisposeAsync() ?? default;
}
