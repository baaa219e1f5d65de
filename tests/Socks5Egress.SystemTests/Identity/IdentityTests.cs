using System.Net;
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
