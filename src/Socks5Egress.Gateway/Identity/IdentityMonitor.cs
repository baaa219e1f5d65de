namespace Socks5Egress.Gateway.Identity;

/// <summary>
/// Probes every expected family, again and again, and holds what is known. While something is not as it should be it asks every 2 to
/// 15 s, afterwards every <c>Identity:Interval</c>.
/// </summary>
internal sealed class IdentityMonitor(
    EgressIdentity start, IReadOnlyList<EgressProbe> probes, TimeSpan interval, TimeProvider time, Action<EgressIdentity, EgressIdentity> changed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile EgressIdentity _current = start;

    /// <summary>What is known now.</summary>
    public EgressIdentity Current => _current;

    /// <summary>Completes when the listeners may open.</summary>
    public Task Open => _current.IsOpen ? Task.CompletedTask : _open.Task;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!_current.Families.Any()) return;
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var families = _current.Families.ToArray();
            var sightings = await Task.WhenAll(families.Select(family => ProbeRound.LookAsync(probes, family, _current.ExpectedOf(family), time, cancellation)));
            var elapsed = time.GetElapsedTime(began);
            var next = families.Zip(sightings).Aggregate(
                _current, (identity, pair) => identity.With(pair.First, identity.Of(pair.First).Next(pair.Second, elapsed)));
            Publish(next);
            if (next.IsSettled) pause = FirstPause;
            await Task.Delay(next.IsSettled || pause > interval ? interval : Until(pause, elapsed), time, cancellation);
        }
    }

    /// <summary>The minute after which the probes are to blame is not overslept.</summary>
    private static TimeSpan Until(TimeSpan pause, TimeSpan elapsed) =>
        elapsed < FamilyIdentity.Patience && elapsed + pause > FamilyIdentity.Patience ? FamilyIdentity.Patience - elapsed : pause;

    private void Publish(EgressIdentity next)
    {
        var last = _current;
        _current = next;
        if (next.IPv4 != last.IPv4 || next.IPv6 != last.IPv6) changed(last, next);
        if (next.IsOpen) _open.TrySetResult();
    }
}
