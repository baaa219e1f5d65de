using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>
/// Over the delay line of bench/distance a request on a connection that stands ready takes one round trip where a direct one takes two. A round trip is 80 ms and the best of
/// four counts, so that a busy machine does not blur it.
/// </summary>
public sealed class DistanceTests
{
    private const double RoundTrip = 80;
    private const string Warm = "forward, TLS + password, warm";

    [Fact]
    public async Task Over_distance_a_connection_that_stands_ready_answers_in_one_round_trip()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun") && Tool.Exists("gcc") && Tool.Exists("ip"),
            "namespaces and TUN devices");
        using var folder = new TemporaryFolder();
        var ran = await ExternalProgram.RunAsync(
            RepositoryRoot.Of("bench", "compare", "run"),
            ["distance", "--gateway", GatewayProcess.Executable, "--output", folder.Path, "--rounds", "1", "--samples", "4", "--round-trips", "80", "--only", Warm, "--work", "first reply"],
            // Its lock is against two measurements on one machine; this one measures nothing that another could disturb
            new Dictionary<string, string> { ["TMPDIR"] = folder.Path });
        Assert.True(ran.ExitCode == 0, ran.ToString());

        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.Path, "results.json"), TestContext.Current.CancellationToken));
        Assert.Empty(results.RootElement.GetProperty("failures").EnumerateArray());
        var replies = results.RootElement.GetProperty("figures").GetProperty("first reply").GetProperty("80");
        Assert.True(Best(replies, "direct") >= 2 * RoundTrip, $"direct: {replies}");
        Assert.InRange(Best(replies, Warm), RoundTrip, 2 * RoundTrip);
    }

    private static double Best(JsonElement replies, string way) => replies.GetProperty(way).EnumerateArray().Min(sample => sample[1].GetDouble());
}
