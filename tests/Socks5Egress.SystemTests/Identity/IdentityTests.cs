using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Identity;

/// <summary>Whether the gateway proves the address it leaves from before it takes traffic: with echo servers and addresses on loopback.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private static readonly string[] OpenLoopback = GatewayProcess.OpenLoopback;
    private readonly List<EchoServer> _echoes = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.IPv6Loopback })
            _echoes.Add(await EchoServer.StartAsync(address));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var echo in _echoes) await echo.DisposeAsync();
    }

    [Fact]
    public async Task The_listeners_stay_closed_while_the_wrong_address_is_seen_and_open_when_it_agrees()
    {
        await using var gateway = await GatewayProcess.StartClosedAsync(Start("--bind", "127.0.0.2", "--expect-egress", "127.0.0.3"));
        await ReadyzSaysAsync(gateway, HttpStatusCode.ServiceUnavailable, "egress-ipv4-wrong: leaves from 127.0.0.2, expected 127.0.0.3");
        Assert.Equal(gateway.Admin.Port, Assert.Single(ProcessState.Listening(gateway.Pid)).Port);
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/healthz")).Status);

        Claim("127.0.0.3");
        await gateway.WaitReadyAsync();
        await ReadyzSaysAsync(gateway, HttpStatusCode.OK, "\"reasons\":[]");
        await using var target = RawTarget.Start();
        using var session = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();
        Assert.Equal("127.0.0.2", peer.Remote.Address.ToString());
    }

    [Fact]
    public async Task A_SIGHUP_while_they_are_closed_ends_nothing_and_is_answered_when_they_are_open()
    {
        await using var gateway = await GatewayProcess.StartClosedAsync(Start("--bind", "127.0.0.2", "--expect-egress", "127.0.0.3"));
        gateway.Signal(Signals.HangUp);
        Claim("127.0.0.3");
        await gateway.Log.WaitAsync("config.loaded", line => line.GetProperty("by").GetString() == "signal");
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task A_later_change_is_an_alarm_and_cuts_nobody()
    {
        await using var gateway = await GatewayProcess.StartAsync(Start("--bind", "127.0.0.2", "--expect-egress", "127.0.0.2"));
        await using var target = RawTarget.Start();
        using var session = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();

        Claim("127.0.0.9");
        await gateway.Log.WaitAsync("identity.alarm", line => line.GetProperty("reason").GetString()!.StartsWith("egress-ipv4-changed", StringComparison.Ordinal));
        await ReadyzSaysAsync(gateway, HttpStatusCode.OK, "egress-ipv4-changed: leaves from 127.0.0.9, expected 127.0.0.2");
        await session.SendAsync(new byte[] { 42 });
        Assert.Equal([42], await peer.ReceiveAsync(1));
        using var another = await RawClient.OpenAsync(gateway, target.EndPoint);

        Claim(null);
        await ReadyzSaysAsync(gateway, HttpStatusCode.OK, "\"reasons\":[]");
    }

    [Fact]
    public async Task With_IPv6_wrong_and_IPv4_right_each_is_reported_by_itself_and_only_the_right_one_is_used()
    {
        await using var gateway = await GatewayProcess.StartAsync(
            Start("--bind", "127.0.0.2,::1", "--expect-egress", "127.0.0.2,2001:db8::7"));
        await ReadyzSaysAsync(gateway, HttpStatusCode.OK, "egress-ipv6-wrong: leaves from ::1, expected 2001:db8::7");
        await using var v4 = RawTarget.Start();
        await using var v6 = RawTarget.Start(IPAddress.IPv6Loopback);
        using var session = await RawClient.OpenAsync(gateway, v4.EndPoint);
        Assert.Equal(ReplyCode.NetworkUnreachable, await RawClient.CodeAsync(gateway, Socks5.Connect(v6.EndPoint)));
        Assert.Equal(0, v6.Accepted);
    }

    [Fact]
    public async Task A_signal_ends_the_waiting_in_order()
    {
        await using var gateway = await GatewayProcess.StartClosedAsync(Start("--bind", "127.0.0.2", "--expect-egress", "127.0.0.3", "--identity", "strict"));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Warn_opens_at_once_and_says_what_is_wrong()
    {
        await using var gateway = await GatewayProcess.StartAsync(Start("--bind", "127.0.0.2", "--expect-egress", "127.0.0.3", "--identity", "warn"));
        await gateway.Log.WaitAsync("identity.alarm", line => line.GetProperty("reason").GetString()!.StartsWith("egress-ipv4-wrong", StringComparison.Ordinal));
        await ReadyzSaysAsync(gateway, HttpStatusCode.OK, "egress-ipv4-wrong");
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Check_tells_each_family_seen_and_expected_with_the_lines_for_an_allow_list(bool throughGateway)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync("auto", "--bind", "127.0.0.2,::1");
        string[] way = throughGateway ? ["--via", $"socks5://{gateway.EndPoint}"] : ["--bind", "127.0.0.2,::1"];

        var right = await CheckAsync(["--expect-egress", "127.0.0.2,127.0.0.3,::1", .. way]);
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
        Assert.Contains("ipv4: leaves from 127.0.0.2, as expected.\n", right.Output, StringComparison.Ordinal);
        Assert.Contains("ipv6: leaves from ::1, as expected.\n", right.Output, StringComparison.Ordinal);
        Assert.Contains(" allow-list   127.0.0.3/32\n", right.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +pg_hba\.conf  hostssl  all  all  ::1/128 +scram-sha-256$", right.Output);

        var wrong = await CheckAsync(["--expect-egress", "127.0.0.2,2001:db8::7", "--json", .. way]);
        Assert.Equal(1, wrong.ExitCode);
        using var document = JsonDocument.Parse(wrong.Output);
        var ways = document.RootElement[0].GetProperty("ways").EnumerateArray().ToList();
        var families = ways[0].GetProperty("identity").EnumerateArray().ToDictionary(family => family.GetProperty("family").GetString()!);
        Assert.True(families["ipv4"].GetProperty("right").GetBoolean());
        Assert.False(families["ipv6"].GetProperty("right").GetBoolean());
        Assert.Equal("::1", families["ipv6"].GetProperty("seen").GetString());
        Assert.Equal("2001:db8::7/128", families["ipv6"].GetProperty("allow_list")[0].GetString());
        Assert.Contains("leaves from ::1, which is not expected", families["ipv6"].GetProperty("fault").GetString(), StringComparison.Ordinal);
        // With a gateway, from where this machine leaves is no matter
        Assert.All(ways.Skip(1), direct => Assert.Equal(JsonValueKind.Null, direct.GetProperty("identity").ValueKind));

        // Probes that do not answer are no proof, and no fault of the gateway's; strict wants the proof
        Claim("nothing");
        var unseen = await CheckAsync(["--expect-egress", "127.0.0.2", .. way]);
        Assert.Equal(0, unseen.ExitCode);
        Assert.Contains("ipv4: expected 127.0.0.2; not seen", unseen.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await CheckAsync(["--expect-egress", "127.0.0.2", "--identity", "strict", .. way])).ExitCode);
        Claim(null);

        // Nothing is expected, and it is told whom to ask: what to list is what is seen
        var found = await CheckAsync(way);
        Assert.Equal(0, found.ExitCode);
        Assert.Contains("ipv4: leaves from 127.0.0.2.\n    allow-list   127.0.0.2/32\n", found.Output, StringComparison.Ordinal);

        Task<ProgramResult> CheckAsync(string[] words) => Socks5Egress.SystemTests.Cli.Cli.RunAsync(
            ["check", target.EndPoint.ToString(), .. words], null, ("SOCKS5EGRESS_Identity__Probes", string.Join(',', _echoes.Select(echo => echo.Url))));
    }

    private static async Task ReadyzSaysAsync(GatewayProcess gateway, HttpStatusCode status, string text)
    {
        var last = default((HttpStatusCode Status, string Body));
        await Deadline.UntilAsync(
            async () =>
            {
                last = await AdminPage.GetAsync(gateway, "/readyz");
                return last.Status == status && last.Body.Contains(text, StringComparison.Ordinal);
            },
            () => $"/readyz says {last}, expected {status} with {text}");
    }

    private void Claim(string? address) => _echoes.ForEach(echo => echo.Claim = address);

    private GatewayStart Start(params string[] options) => new()
    {
        Transport = "auto",
        Options = [.. OpenLoopback, .. options],
        Environment = new Dictionary<string, string>
        {
            ["SOCKS5EGRESS_Identity__Probes"] = string.Join(',', _echoes.Select(echo => echo.Url)),
            ["SOCKS5EGRESS_Identity__Interval"] = "1s",
        },
    };
}
