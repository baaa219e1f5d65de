using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Forwards;

/// <summary>Static forwards byte by byte: what they open, what they do not, and which target a connection gets.</summary>
public sealed class ForwardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_reaches_the_target_without_a_protocol_and_the_log_says_so(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}");
        using var client = await RawConnection.ConnectAsync(gateway.Forward());
        await client.SendAsync("first word"u8.ToArray());
        Assert.Equal("first word"u8.ToArray(), await client.ReceiveAsync(10));
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);

        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal(
            ("forward", target.EndPoint.ToString(), $"forward:{target.EndPoint}", "allow", gateway.Forward().ToString(), "client-fin"),
            (Text("protocol"), Text("target"), Text("rule"), Text("verdict"), Text("listener"), Text("end")));
        Assert.Equal((10, 10), (end.GetProperty("bytes_up").GetInt64(), end.GetProperty("bytes_down").GetInt64()));

        // The forward opened its own target for its own clients, and nothing for others
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));

        string? Text(string name) => end.GetProperty(name).GetString();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_server_that_speaks_first_is_heard(string transport)
    {
        await using var target = RawTarget.Start(async peer => await peer.SendAsync("220 ready\r\n"u8.ToArray()));
        await using var gateway = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}");
        using var client = await RawConnection.ConnectAsync(gateway.Forward());
        await client.AssertRestAsync("220 ready\r\n"u8.ToArray(), Ending.Fin);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_deny_rule_and_the_gateway_s_own_endpoints_stay_refused(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var first = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}", "--deny", "127.0.0.1");
        await RefusedAsync(first, first.Forward(), "policy-denied", "deny:127.0.0.1");

        // A forward that leads back to this very program would go round for ever
        await using var second = await ForwardGateway.StartAsync(
            transport, "--forward", "127.0.66.1:0=127.0.66.2:5432", "--forward", "127.0.66.2:5432=127.0.66.3:1");
        await RefusedAsync(second, second.Forward(), "policy-denied", "own-listener");
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_next_target_has_the_client_when_a_connect_fails_and_without_any_it_is_closed(string transport)
    {
        var dead = DeadEndPoint();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { dead.ToString(), target.EndPoint.ToString() }, Order = "ordered", Check = "off" });
        for (var i = 0; i < 3; i++) Assert.Equal(target.EndPoint.ToString(), await EchoAsync(gateway));

        await using var hopeless = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={dead},{dead}");
        await RefusedAsync(hopeless, hopeless.Forward(), "target-refused", $"forward:{dead}");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_swallows_connects_leaves_time_for_the_next(string transport)
    {
        using var hole = await BlackHole.OpenAsync();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { hole.EndPoint.ToString(), target.EndPoint.ToString() }, Order = "ordered", Check = "off" },
            "--connect-timeout", "4s");
        Assert.Equal(target.EndPoint.ToString(), await EchoAsync(gateway));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Connections_are_spread_by_how_many_each_target_has(string transport)
    {
        await using var one = RawTarget.Start(RawTarget.EchoAsync);
        await using var two = RawTarget.Start(RawTarget.EchoAsync);
        await using var three = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { one, two, three }.Select(target => target.EndPoint.ToString()), Check = "off" });
        var clients = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 9; i++)
            {
                clients.Add(await RawConnection.ConnectAsync(gateway.Forward()));
                await clients[i].SendAsync("x"u8.ToArray());
                await clients[i].ReceiveAsync(1);
            }
            Assert.Equal((3, 3, 3), (one.Accepted, two.Accepted, three.Accepted));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_forward_without_a_target_that_is_up_is_told_by_readyz_and_closes_no_gateway(string transport)
    {
        var dead = DeadEndPoint();
        await using var gateway = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={dead},{dead}");
        await Deadline.UntilAsync(() => gateway.Log.Of("forward.target-down").Count == 2, () => gateway.Log.Text);
        var (status, body) = await AdminPage.GetAsync(gateway, "/readyz");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains($"forward-down {gateway.Forward()}: no target is up", body, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Headers() => EachTransport.With("v1", "v2");

    [Theory, MemberData(nameof(Headers))]
    public async Task An_HAProxy_that_requires_the_header_gets_it_and_the_server_behind_sees_the_client(string transport, string version)
    {
        // HAProxy passes on in text what the gateway told it: the raw target at its end sees who HAProxy took the client for
        await using var target = RawTarget.Start();
        await using var haproxy = await HaproxyServer.StartAsync(target.EndPoint, bindOptions: "accept-proxy", serverOptions: "send-proxy");
        await using var gateway = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { haproxy.EndPoint.ToString() }, SendProxy = version });
        using var client = await RawConnection.ConnectAsync(gateway.Forward(), IPAddress.Parse("127.0.34.9"));
        await client.SendAsync("hello"u8.ToArray());

        using var arrived = await target.AcceptAsync();
        var expected = $"PROXY TCP4 127.0.34.9 127.0.0.1 {client.Local.Port} {gateway.Forward().Port}\r\nhello";
        Assert.Equal(expected, Encoding.ASCII.GetString(await arrived.ReceiveAsync(expected.Length)));
        await arrived.SendAsync("back"u8.ToArray());
        Assert.Equal("back"u8.ToArray(), await client.ReceiveAsync(4));
        client.Finish();
        await arrived.AssertRestAsync([], Ending.Fin);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Through_two_gateways_the_header_carries_the_first_client(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var inner = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}", "--proxy-protocol", "required");
        await using var outer = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { inner.Forward().ToString() }, SendProxy = "v2" });
        using var client = await RawConnection.ConnectAsync(outer.Forward(), IPAddress.Parse("127.0.35.1"));
        await client.SendAsync("x"u8.ToArray());
        await client.ReceiveAsync(1);
        client.Finish();
        Assert.Equal(inner.Forward().ToString(), (await inner.Log.SessionEndAsync(client.Local)).GetProperty("listener").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_idle_time_is_the_forward_s_own(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartWithFileAsync(
            transport, _folder, new { Listen = "127.0.0.1:0", Targets = new[] { target.EndPoint.ToString() }, IdleTimeout = "300ms" }, "--idle-timeout", "1h");
        using var client = await RawConnection.ConnectAsync(gateway.Forward());
        await client.SendAsync("x"u8.ToArray());
        await client.ReceiveAsync(1);
        Assert.Equal("idle-timeout", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Who_may_connect_is_said_for_forwards_too(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}", "--clients", "127.0.36.0/24");
        await RefusedAsync(gateway, gateway.Forward(), "client-not-allowed", null);
        using var client = await RawConnection.ConnectAsync(gateway.Forward(), IPAddress.Parse("127.0.36.1"));
        await client.SendAsync("x"u8.ToArray());
        await client.ReceiveAsync(1);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_is_looked_up_again_when_its_time_is_over(string transport)
    {
        using var names = new NameServer(IPAddress.Parse("127.0.37.1"));
        await using var target = RawTarget.Start(RawTarget.EchoAsync, IPAddress.Any);
        await using var gateway = await ForwardGateway.StartAsync(
            transport, "--forward", $"127.0.0.1:0=moving.example:{target.EndPoint.Port}", "--resolver", names.EndPoint.ToString());
        Assert.Equal($"127.0.37.1:{target.EndPoint.Port}", await EchoAsync(gateway, "dialled"));
        names.Address = IPAddress.Parse("127.0.37.2");
        await Deadline.UntilAsync(
            async () => await EchoAsync(gateway, "dialled") == $"127.0.37.2:{target.EndPoint.Port}", () => "The old address is still dialled\n" + gateway.Log.Text);
    }

    /// <summary>One client to its end.</summary>
    /// <returns>What the log says of the target it had.</returns>
    private static async Task<string?> EchoAsync(GatewayProcess gateway, string field = "target")
    {
        using var client = await RawConnection.ConnectAsync(gateway.Forward());
        await client.SendAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), await client.ReceiveAsync(1));
        client.Finish();
        return (await gateway.Log.SessionEndAsync(client.Local)).GetProperty(field).GetString();
    }

    private static async Task RefusedAsync(GatewayProcess gateway, IPEndPoint forward, string end, string? rule)
    {
        using var client = await RawConnection.ConnectAsync(forward);
        await client.AssertRestAsync([], Ending.Fin);
        client.Finish();
        var entry = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal(end, entry.GetProperty("end").GetString());
        if (rule is not null) Assert.Equal(rule, entry.GetProperty("rule").GetString());
    }

    /// <summary>An address where nobody listens: of its own, so that nobody will.</summary>
    private static IPEndPoint DeadEndPoint() => new(IPAddress.Parse("127.0.66.9"), 9);
}
