using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Where the log goes is not the sessions' concern: a full pipe or disk stops none.</summary>
public sealed class LogTests
{
    // Each session writes a line of some 500 bytes: far more than the 64 KiB that a pipe holds
    private const int Sessions = 400;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_log_that_nobody_reads_stops_no_session(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = GatewayProcess.OpenLoopback, ReadsLog = false });
        await ServeAsync(gateway, Sessions);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_log_on_a_full_disk_stops_no_session(string transport)
    {
        await using var gateway = await GatewayProcess.StartUnheardAsync(new GatewayStart
        {
            Transport = transport,
            Options = GatewayProcess.OpenLoopback,
            Through = ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/full"],
        });
        await ServeAsync(gateway, 50);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Standard_output_stays_empty(string transport)
    {
        using var folder = new TemporaryFolder();
        var output = Path.Combine(folder.Path, "output");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = GatewayProcess.OpenLoopback,
            Environment = new Dictionary<string, string> { ["OUTPUT"] = output },
            Through = ["sh", "-c", "exec \"$0\" \"$@\" >\"$OUTPUT\""],
        });
        await ServeAsync(gateway, 3);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal("", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        Assert.All(gateway.Log.Text.Split('\n'), line => Assert.StartsWith("{", line, StringComparison.Ordinal));
    }

    private static async Task ServeAsync(GatewayProcess gateway, int sessions)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        for (var i = 0; i < sessions; i++)
        {
            using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
            await client.SendAsync("x"u8.ToArray());
            await client.ReceiveAsync(1);
        }
    }
}
