namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// How much of the processor a gateway gets beside everything else on this machine, from the moment that this is made. A bound for the
/// gateway's own work times <see cref="Factor"/> is a bound for what is seen of it from outside.
/// </summary>
internal sealed class Overload(GatewayProcess gateway)
{
    private readonly (double Ran, double Waited) _before = ProcessState.Scheduling(gateway.Pid);

    /// <summary>What its threads have waited for a processor since, all together: nothing that it does can have been delayed by more.</summary>
    public TimeSpan Waited => TimeSpan.FromSeconds(ProcessState.Scheduling(gateway.Pid).Waited - _before.Waited);

    /// <summary>1: its threads ran whenever they were ready. 3: they waited twice as long as they ran.</summary>
    public double Factor()
    {
        var (ran, waited) = ProcessState.Scheduling(gateway.Pid);
        return 1 + (waited - _before.Waited) / Math.Max(0.001, ran - _before.Ran);
    }
}
