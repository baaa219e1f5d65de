using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Open model: clients come at their own rate, each with a connection of its own.</summary>
internal static class Connect
{
    private const int Rate = 400;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static LoadScenario Of(Surroundings around) => new("connect", "Connect, handshake, 64 B there and back, close")
    {
        Run = async cancellation =>
        {
            using var connection = await EchoConnection.OpenAsync(around, cancellation);
            return await connection.EchoAsync(cancellation);
        },
        WarmUp = TimeSpan.FromSeconds(2),
        Simulations = [new RampingInject(Rate, Second, around.During / 2), new Inject(Rate, Second, around.During)],
        Limits = new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(1)),
    };
}
