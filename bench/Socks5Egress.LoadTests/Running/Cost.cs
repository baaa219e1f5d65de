namespace Socks5Egress.LoadTests.Running;

/// <summary>Who used the processor while a scenario ran; shares of one core.</summary>
/// <param name="Gateway">The gateway; null where the run has not started it.</param>
/// <param name="Generator">The load generator with its drivers.</param>
/// <param name="Machine">The whole machine.</param>
/// <param name="Cores">How many cores the machine has.</param>
/// <param name="GatewayMiB">The gateway's resident memory at the end; null where the run has not started it.</param>
internal sealed record Cost(double? Gateway, double Generator, double Machine, int Cores, double? GatewayMiB)
{
    private const double Full = 0.9;

    /// <summary>What kept the figures from being better, in words.</summary>
    public string Limit(bool openModel) => (Machine >= Full * Cores, openModel) switch
    {
        (true, _) when Gateway >= Generator => "the machine's cores, most of them in the gateway",
        (true, _) => "the machine's cores, most of them in the generator and the targets",
        (false, true) => "the rate that was asked for",
        _ => "the round trips of the copies",
    };
}
