using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>
/// Ways round the policy, tried by real requests: whatever a client writes, a forbidden target gets no connection.
/// The table of every spelling is a unit test; here are those that a resolver or a kernel would understand.
/// </summary>
public sealed class PolicyTests
{
    private static readonly string[] LoopbackNames =
    [
        "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1\0.example.com", "127.0.0.1%lo",
        "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\n", "::1", "[::1]", "::1%1", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "0:0:0:0:0:0:0:1", "0", "0.0.0.0", "::",
        "localhost", "LOCALHOST", "localhost.", "localhost..", "a.localhost", "app.localhost.", "db.internal", "db.flycast", "printer.local", "127.0.0.1:80", "@127.0.0.1",
        "127.0.0.1#", "1\u00B2\u00B7.0.0.1", "loc\u00E4lhost",
    ];

    private static readonly string[] LoopbackAddresses =
        ["127.0.0.1", "127.255.255.254", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1"];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task No_spelling_of_loopback_passes_without_a_rule(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport });
        await AssertClosedAsync(gateway);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_star_does_not_open_the_default_table(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = ["--allow", "*", "--allow", "*.localhost", "--allow", "*.internal", "--allow", "*.local"],
        });
        await AssertClosedAsync(gateway);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Own_endpoints_are_refused_whatever_the_rules_say(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = ["--allow", "0.0.0.0/0", "--allow", "own.example", "--allow", "::/0"],
            // Not localhost: that is ::1 too, which is nobody's own here, and is dialled
            Through = HostsFile.Through(folder, "127.0.0.1 own.example"),
        });
        var own = new IPEndPoint(IPAddress.Loopback, gateway.EndPoint.Port);
        var admin = new IPEndPoint(IPAddress.Loopback, gateway.Admin.Port);
        foreach (var endpoint in new[] { own, admin })
        {
            foreach (var request in new[]
            {
                Socks5.Connect(endpoint),
                Socks5.Connect("127.0.0.1", endpoint.Port),
                Socks5.Connect("own.example", endpoint.Port),
                Socks5.Connect(new IPEndPoint(IPAddress.Parse("::ffff:127.0.0.1"), endpoint.Port)),
            }) Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, request));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_wildcard_listener_is_own_at_every_local_address(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--listen", "0.0.0.0:0", "--no-auth");
        var port = gateway.EndPoint.Port;
        foreach (var address in new[] { "127.0.0.1", "127.0.0.5", "0.0.0.0", "127.255.255.254" })
        {
            using var client = await RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await client.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(new IPEndPoint(IPAddress.Parse(address), port))]);
            Assert.Equal([5, 0], await client.ReceiveAsync(2));
            Assert.Equal(ReplyCode.NotAllowed, (await Socks5.ReadReplyAsync(client)).Code);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_whose_addresses_are_forbidden_is_not_dialled(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = ["--allow", "*.example.test"],
            Through = HostsFile.Through(folder, "127.0.0.1 localhost rebound.example.test", "::1 rebound.example.test"),
        });
        await using var target = RawTarget.Start();
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect("rebound.example.test", target.EndPoint.Port)));
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_deny_rule_wins_over_an_allow_rule_and_ports_count(string transport)
    {
        await using var open = RawTarget.Start();
        await using var closed = RawTarget.Start();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = ["--default", "none", "--allow", "127.0.0.0/8", "--deny", $"127.0.0.1:{closed.EndPoint.Port}"],
        });
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(open.EndPoint)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(closed.EndPoint)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect("localhost", closed.EndPoint.Port)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(new IPEndPoint(IPAddress.IPv6Loopback, open.EndPoint.Port))));
    }

    /// <summary>The address inside is judged too, in the well-known prefix and in one that the configuration names.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_NAT64_prefix_that_a_rule_opens_opens_nothing_inside_it(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = ["--allow", "64:ff9b::/96", "--allow", "2a00:64::/32", "--nat64", "2a00:64::/32", "--deny", "9.9.9.0/24", "--connect-timeout", "1s"],
        });
        foreach (var inside in (string[])["127.0.0.1", "169.254.169.254", "10.0.0.1", "9.9.9.9"])
        {
            var four = IPAddress.Parse(inside).GetAddressBytes();
            byte[] known = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. four];
            // RFC 6052: with 32 bits of prefix the address follows at once
            byte[] own = [0x2a, 0, 0, 0x64, .. four, 0, 0, 0, 0, 0, 0, 0, 0];
            foreach (var address in (byte[][])[known, own])
                Assert.Equal((inside, ReplyCode.NotAllowed), (inside, await RawClient.CodeAsync(gateway, Socks5.Connect(new IPEndPoint(new IPAddress(address), 443)))));
        }

        // Open otherwise: there is no way to it from here
        Assert.NotEqual(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(IPEndPoint.Parse("[64:ff9b::101:101]:443"))));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_outside_the_list_is_not_served(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--clients", "127.0.0.2/32");
        await using var target = RawTarget.Start();
        using var stranger = await RawConnection.ConnectAsync(gateway.EndPoint);
        var (bytes, _) = await stranger.ReceiveToEndAsync();
        Assert.Empty(bytes);
        using var friend = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.0.2"));
        await friend.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(target.EndPoint)]);
        Assert.Equal([5, 0], await friend.ReceiveAsync(2));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(friend)).Code);
    }

    private static async Task AssertClosedAsync(GatewayProcess gateway)
    {
        await using var four = RawTarget.Start();
        await using var six = RawTarget.Start(IPAddress.IPv6Loopback);
        foreach (var port in new[] { four.EndPoint.Port, six.EndPoint.Port })
        {
            foreach (var name in LoopbackNames)
            {
                var code = await RawClient.CodeAsync(gateway, Socks5.Connect(name, port));
                Assert.True(code is ReplyCode.NotAllowed or ReplyCode.HostUnreachable, $"{name} gets {code}");
            }
            foreach (var address in LoopbackAddresses)
                Assert.Equal((address, ReplyCode.NotAllowed), (address, await RawClient.CodeAsync(gateway, Socks5.Connect(new IPEndPoint(IPAddress.Parse(address), port)))));
        }
        Assert.Equal(0, four.Accepted + six.Accepted);
    }
}
