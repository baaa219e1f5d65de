using System.Net;
using Socks5Egress.Transport;

namespace Socks5Egress.Dialing;

/// <summary>What dialling brings: a leg, or why there is none.</summary>
internal readonly record struct DialResult(ILeg? Leg, EndReason End)
{
    /// <summary>Its place under the ceiling of the destination: dispose it when the connection is over. Null when nobody counts.</summary>
    public IDisposable? Place { get; init; }
}

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
    public async ValueTask<DialResult> DialAsync(
        IReadOnlyList<DialStep> order, int port, ILeg? beside, CancellationToken cancellation)
    {
        if (order.Count == 1) return Result(await ConnectAsync(order[0], port, beside, cancellation));
        return order.Count == 0 ? new DialResult(null, EndReason.NetworkUnreachable) : await RaceAsync(order, port, beside, cancellation);
    }

    /// <summary>Listens for a peer that will come by itself (BIND), at a port of the system's choice.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be had.</exception>
    public IAcceptor Listen(IPAddress address) => transport.Listen(new IPEndPoint(address, 0));

    private static DialResult Result(Connected connected) =>
        connected.Leg is { } leg ? new DialResult(leg, EndReason.None) : new DialResult(null, DialFailure.Of(connected.Error));

    private async ValueTask<DialResult> RaceAsync(
        IReadOnlyList<DialStep> order, int port, ILeg? beside, CancellationToken cancellation)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Connected>>(order.Count);
        var failure = EndReason.None;
        var next = 0;
        ILeg? winner = null;
        while (winner is null && (next < order.Count || running.Count > 0))
        {
            if (next < order.Count) running.Add(ConnectAsync(order[next++], port, beside, losers.Token).AsTask());
            var ended = await AnyOrStaggerAsync(running, next < order.Count, cancellation);
            if (ended is null) continue;
            running.Remove(ended);
            var connected = await ended;
            winner = connected.Leg;
            if (winner is null) failure = DialFailure.Worse(failure, DialFailure.Of(connected.Error));
            if (cancellation.IsCancellationRequested) break;
        }
        await losers.CancelAsync();
        foreach (var attempt in running) await CloseAsync(await attempt);
        return winner is null ? new DialResult(null, failure) : new DialResult(winner, EndReason.None);
    }

    /// <summary>The first attempt that ended, or null when it is time to start another one beside it.</summary>
    private async ValueTask<Task<Connected>?> AnyOrStaggerAsync(List<Task<Connected>> running, bool more, CancellationToken cancellation)
    {
        var any = Task.WhenAny(running);
        if (!more) return await any;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(any, Task.Delay(Stagger, time, enough.Token));
        await enough.CancelAsync();
        return first == any ? await any : null;
    }

    private ValueTask<Connected> ConnectAsync(
        DialStep step, int port, ILeg? beside, CancellationToken cancellation) =>
        transport.ConnectAsync(new IPEndPoint(step.Address, port), step.Source, beside, cancellation);

    private static ValueTask CloseAsync(Connected connected) => connected.Leg?.DisposeAsync() ?? default;
}
