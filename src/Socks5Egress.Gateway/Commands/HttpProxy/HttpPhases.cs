namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>Where an HTTP connection is; each phase has its own deadline.</summary>
internal enum HttpPhase : byte
{
    /// <summary>Between requests.</summary>
    Idle,

    /// <summary>In the middle of a head.</summary>
    Head,

    /// <summary>Judging who asks for what.</summary>
    Authorizing,

    /// <summary>Looking for an origin.</summary>
    Dialing,

    /// <summary>Passing a request and its answer on, or the bytes of a tunnel.</summary>
    Exchanging,
}

/// <summary>The phase of one connection, and since when.</summary>
internal sealed class HttpPhases(SessionServices stages)
{
    /// <summary>How long a connection may wait for its next request.</summary>
    public static readonly TimeSpan BetweenRequests = TimeSpan.FromMinutes(2);

    private long _began = stages.Time.GetTimestamp();
    private volatile HttpPhase _phase;

    public HttpPhase Phase => _phase;

    public bool IsIdle => _phase == HttpPhase.Idle;

    public void Enter(HttpPhase phase)
    {
        // Written before the phase and read after it: a torn pair can only be too late, never too early
        Volatile.Write(ref _began, stages.Time.GetTimestamp());
        _phase = phase;
    }

    /// <summary>The phase and its beginning.</summary>
    public (HttpPhase Phase, long Began) Now
    {
        get
        {
            var phase = _phase;
            return (phase, Volatile.Read(ref _began));
        }
    }

    /// <summary>Whether a deadline has passed; one of zero never does.</summary>
    public bool IsOver(TimeSpan deadline, long began, long now) => deadline > TimeSpan.Zero && stages.Time.GetElapsedTime(began, now) >= deadline;
}
