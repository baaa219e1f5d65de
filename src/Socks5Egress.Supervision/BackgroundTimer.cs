namespace Socks5Egress.Supervision;

/// <summary>
/// Short work that is done again and again on the supervisor's timers. A run that fails is reported, and the next ones are left out until
/// its pause is over; the timer itself never stops.
/// </summary>
internal sealed class BackgroundTimer : IDisposable
{
    private readonly BackgroundHealth _health;
    private readonly Action _work;
    private readonly Supervisor _supervisor;
    private readonly ITimer _timer;
    private long _pausedAt;
    private TimeSpan _pause;
    private int _runs;

    public BackgroundTimer(Supervisor supervisor, BackgroundHealth health, TimeSpan period, Action work)
    {
        (_supervisor, _health, _work) = (supervisor, health, work);
        _timer = supervisor.Timers.CreateTimer(static state => ((BackgroundTimer)state!).Tick(), this, period, period);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _supervisor.Forget(_health);
    }

    private void Tick()
    {
        // A pool's timers may overlap
        if (Interlocked.Exchange(ref _runs, 1) != 0) return;
        try
        {
            if (_pause > TimeSpan.Zero && _supervisor.Time.GetElapsedTime(_pausedAt) < _pause) return;
            _work();
            _pause = TimeSpan.Zero;
            _health.Succeeded();
        }
        catch (Exception exception)
        {
            (_pause, _pausedAt) = (_health.Failed(exception), _supervisor.Time.GetTimestamp());
        }
        finally
        {
            Volatile.Write(ref _runs, 0);
        }
    }
}
