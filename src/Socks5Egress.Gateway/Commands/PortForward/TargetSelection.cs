using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>From one destination to a connected target, as the spine does it; the token ends the attempt.</summary>
internal delegate ValueTask<DialResult> ReachTarget(Destination destination, CancellationToken cancellation);

/// <summary>
/// One session's way through the targets of its forward: one target after the other until one is connected. Holds a place at the
/// target that it is at; disposing gives it back.
/// </summary>
internal sealed class TargetSelection : IDisposable
{
    private readonly TargetPool _pool;
    private ulong _tried;
    private int _at;

    public TargetSelection(TargetPool pool)
    {
        _pool = pool;
        _at = pool.Take(0);
        _tried = 1UL << _at;
    }

    /// <summary>What this session asks for now.</summary>
    public Destination Target => _pool.Options.Targets[_at];

    private int Untried => _pool.Options.Targets.Length - System.Numerics.BitOperations.PopCount(_tried);

    /// <summary>
    /// Reaches the target, or the next one when that fails. They share the one connect deadline: each that is not the last has an equal
    /// part of what is left, so that a target that swallows connects leaves time for the others. The last one has all of it, which the
    /// session's own deadline ends.
    /// </summary>
    /// <param name="reach">Judges, resolves and dials one target.</param>
    /// <param name="client">Whose session it is.</param>
    /// <param name="who">As whom a PROXY header introduces the client.</param>
    /// <param name="deadline">For all targets together; zero is none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends the session.</param>
    public async ValueTask<DialResult> ReachAsync(
        ReachTarget reach, ILeg client, ClientIdentity who, TimeSpan deadline, TimeProvider time, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var left = deadline - time.GetElapsedTime(began);
            var dialled = Untried == 0 || left <= TimeSpan.Zero
                ? await reach(Target, stop)
                : await ReachWithinAsync(reach, left / (Untried + 1), time, stop);
            if (dialled.Leg is { } target)
            {
                _pool.Reached(_at);
                client.KeepAlive(_pool.Options.KeepAlive);
                target.KeepAlive(_pool.Options.KeepAlive);
                if (await ProxyProtocolSender.SendAsync(target, _pool.Options.SendProxy, who, stop)) return dialled;
                dialled.Place?.Dispose();
                await target.DisposeAsync();
                return new DialResult(null, EndReason.TargetReset);
            }
            if (stop.IsCancellationRequested) return dialled;
            // What the target has no part in, such as a look-up server that is down, says nothing about its health
            if (dialled.End.Side() == "target") _pool.Failed(_at, dialled.End.ToKebab());
            if (dialled.End == EndReason.OutOfDescriptors || !TryNext()) return dialled;
        }
    }

    public void Dispose()
    {
        if (_at >= 0) _pool.Leave(_at);
        _at = -1;
    }

    private bool TryNext()
    {
        var next = _pool.Take(_tried);
        if (next < 0) return false;
        _pool.Leave(_at);
        _at = next;
        _tried |= 1UL << next;
        return true;
    }

    private async ValueTask<DialResult> ReachWithinAsync(ReachTarget reach, TimeSpan part, TimeProvider time, CancellationToken stop)
    {
        using var enough = new CancellationTokenSource(part, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, enough.Token);
        try
        {
            var dialled = await reach(Target, either.Token);
            return dialled.Leg is null && enough.IsCancellationRequested ? new DialResult(null, EndReason.ConnectTimeout) : dialled;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Waiting for a look-up ends like that
            return new DialResult(null, EndReason.ConnectTimeout);
        }
    }
}
