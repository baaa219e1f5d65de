namespace Socks5Egress.Gateway.Phases;

/// <summary>A phase that may take so long and no longer.</summary>
/// <param name="name">Which.</param>
/// <param name="limit">How long; zero is no limit.</param>
/// <param name="over">Why a session ends that takes longer.</param>
/// <param name="time">The clock. The phase begins now.</param>
internal sealed class TimedPhase(SessionPhase name, TimeSpan limit, EndReason over, TimeProvider time) : IPhase
{
    private readonly long _began = time.GetTimestamp();

    private TimedPhase(SessionPhase name, TimeSpan limit, EndReason over, TimeProvider time, long began)
        : this(name, limit, over, time) => _began = began;

    public SessionPhase Name => name;

    public bool IsUnhurried => name == SessionPhase.Warm;

    /// <summary>The same phase, with its beginning, where something else than before would be what took too long.</summary>
    public TimedPhase OverBy(EndReason reason) => new(name, limit, reason, time, _began);

    public bool IsToBeChecked(long now) => limit > TimeSpan.Zero && time.GetElapsedTime(_began, now) >= limit;

    public void CheckDeadline(long now, Action<EndReason> end)
    {
        if (IsToBeChecked(now)) end(over);
    }
}
