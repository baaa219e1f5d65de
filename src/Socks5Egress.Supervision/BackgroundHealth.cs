namespace Socks5Egress.Supervision;

/// <summary>How one piece of background work fares: whether it goes on, and how long it waits after a failure.</summary>
/// <param name="name">As logs and readiness have it.</param>
/// <param name="isEssential">Without it the gateway should be given no traffic.</param>
/// <param name="supervisor">Is told of failures.</param>
internal sealed class BackgroundHealth(string name, bool isEssential, Supervisor supervisor)
{
    /// <summary>Failures in a row after which the work counts as unable to go on.</summary>
    public const int FailuresToTell = 3;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Work that has run this long since its last failure has recovered.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _failures;
    private long _failedAt;

    public string Name => name;

    public bool IsEssential => isEssential;

    /// <summary>It fails again and again.</summary>
    public bool IsFailing
    {
        get
        {
            lock (_lock) return _failures >= FailuresToTell && supervisor.Time.GetElapsedTime(_failedAt) < Settled;
        }
    }

    /// <summary>A run has come to its end as it should.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0) return;
        lock (_lock) _failures = 0;
    }

    /// <summary>A run has let an exception out.</summary>
    /// <returns>How long to wait: 250 ms, doubling to 15 s.</returns>
    public TimeSpan Failed(Exception exception)
    {
        supervisor.Report(name, exception);
        lock (_lock)
        {
            if (_failures > 0 && supervisor.Time.GetElapsedTime(_failedAt) >= Settled) _failures = 0;
            _failedAt = supervisor.Time.GetTimestamp();
            var pause = ShortestPause * Math.Pow(2, Math.Min(_failures, 10));
            _failures++;
            return pause < LongestPause ? pause : LongestPause;
        }
    }
}
