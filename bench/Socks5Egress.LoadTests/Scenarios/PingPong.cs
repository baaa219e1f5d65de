using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: connections that stay, each with one request in flight.</summary>
internal static class PingPong
{
    /// <summary>Connections at work.</summary>
    public const int Copies = 128;

    public static LoadScenario Of(Surroundings around)
    {
        var pool = new EchoPool(around);
        return new LoadScenario("pingpong", "64 B there and back on connections that stay")
        {
            Init = cancellation => pool.OpenAsync(Copies, cancellation),
            Run = pool.EchoAsync,
            Clean = _ =>
            {
                pool.Close();
                return Task.CompletedTask;
            },
            WarmUp = TimeSpan.FromSeconds(2),
            Simulations = [new KeepConstant(Copies, around.During)],
            Limits = new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)),
        };
    }
}
