using System.Globalization;
using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>A real Prometheus scrapes the gateway, and answers what the dashboard asks it.</summary>
public sealed class PrometheusTests
{
    [Fact]
    public async Task It_scrapes_the_gateway_and_every_expression_of_the_dashboard_gives_series()
    {
        using var folder = new TemporaryFolder();
        await using var echo = await EchoServer.StartAsync(IPAddress.Loopback);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = ["--allow", "127.0.0.0/8", "--bind", "127.0.0.2", "--expect-egress", "127.0.0.2", "--max-destination", "50",
                "--forward", $"127.0.0.1:0={target.EndPoint}", "--users", await StoredUsers.WriteAsync(folder, ("app", "right"))],
            Environment = new Dictionary<string, string> { ["SOCKS5EGRESS_Identity__Probes"] = echo.Url },
        });
        await using var prometheus = await PrometheusServer.StartAsync(gateway);
        await UntilAsync(prometheus, "up == 1");

        // A rate needs a scrape between two sessions; a session is counted at its end
        using var open = await AskAsync(Socks5.Connect("localhost", (ushort)target.EndPoint.Port));
        await ServeAsync();
        await UntilAsync(prometheus, "socks5egress_refusals_total");
        await UntilAsync(prometheus, "socks5egress_dns_duration_seconds_count");
        await ServeAsync();
        foreach (var expression in Dashboard()) await UntilAsync(prometheus, expression);

        var (_, names, _) = await prometheus.QueryAsync("count by (__name__) ({__name__=~\"socks5egress_.+\"})");
        Assert.True(names.Count > 30, $"{names.Count} names: {string.Join(", ", names)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{names.Count} metrics, {Dashboard().Count} expressions");

        async Task ServeAsync()
        {
            var before = gateway.Log.Of("session.end").Count;
            (await AskAsync(Socks5.Connect("localhost", (ushort)target.EndPoint.Port))).Dispose();
            (await AskAsync(Socks5.Connect("10.0.0.1", 80))).Dispose();
            await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == before + 2, () => gateway.Log.Text);
        }

        async Task<RawConnection> AskAsync(byte[] request)
        {
            var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
            await client.ReceiveAsync(2);
            await client.SendAsync(Socks5.Login("app", "right"));
            Assert.Equal([1, 0], await client.ReceiveAsync(2));
            await client.SendAsync(request);
            await Socks5.ReadReplyAsync(client);
            return client;
        }
    }

    /// <summary>Asks until there is a number; that the expression is sound shows at once.</summary>
    private static async Task UntilAsync(PrometheusServer prometheus, string expression)
    {
        var last = "";
        await Deadline.UntilAsync(async () =>
        {
            var (status, series, answer) = await prometheus.QueryAsync(expression);
            last = answer;
            Assert.True(status is "success" or "starting", $"{expression}: {answer}");
            return series.Any(IsNumber);
        }, () => $"{expression} gives {last}");
    }

    private static bool IsNumber(JsonElement series) =>
        double.TryParse(series.GetProperty("value")[1].GetString(), CultureInfo.InvariantCulture, out var value) && !double.IsNaN(value);

    /// <summary>What its panels ask for, over spans that a short test fills.</summary>
    private static List<string> Dashboard()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Of("deploy", "grafana", "socks5egress.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal)).Distinct()];
    }
}
