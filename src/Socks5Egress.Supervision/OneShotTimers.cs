namespace Socks5Egress.Supervision;

/// <summary>Timers that fire once, on the clock of whoever needs them.</summary>
internal static class OneShotTimers
{
    /// <summary>Runs short work once. An exception that it lets out is reported and goes no further.</summary>
    /// <param name="clock">Where the timer fires.</param>
    /// <param name="name">As logs have it.</param>
    /// <param name="due">When, from now on.</param>
    /// <param name="work">Must not block.</param>
    /// <param name="state">Handed to <paramref name="work"/>.</param>
    public static ITimer After<TState>(this TimeProvider clock, string name, TimeSpan due, Action<TState> work, TState state)
        where TState : class => clock.CreateTimer(
        _ =>
        {
            try
            {
                work(state);
            }
            catch (Exception exception)
            {
                Supervisor.OfProcess.Report(name, exception);
            }
        }, null, due, Timeout.InfiniteTimeSpan);
}
