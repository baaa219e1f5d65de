using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Udp;

/// <summary>UDP ASSOCIATE with real datagrams.</summary>
public sealed class AssociateTests
{
    private static readonly byte[] Question = "?"u8.ToArray();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task It_is_refused_unless_enabled(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        Assert.Equal(ReplyCode.CommandNotSupported, await RawClient.CodeAsync(gateway, Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0)));
        Assert.Equal(ReplyCode.CommandNotSupported, await RawClient.CodeAsync(gateway, Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], 0)));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Two_targets_answer_and_each_answer_carries_its_source(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var one = UdpServer.Start("one");
        await using var two = UdpServer.Start("two", "127.0.0.2");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        Assert.Equal(IPAddress.Loopback, client.Relay.Address);
        Assert.NotEqual(0, client.Relay.Port);
        await client.SendAsync(one.EndPoint, Question);
        Assert.Equal((one.EndPoint, "one?"), Text(await client.ReceiveAsync()));
        await client.SendAsync(two.EndPoint, Question);
        Assert.Equal((two.EndPoint, "two?"), Text(await client.ReceiveAsync()));
        await client.SendRawAsync([.. UdpClientOfTest.Header("localhost", one.EndPoint.Port), .. Question]);
        Assert.Equal((one.EndPoint, "one?"), Text(await client.ReceiveAsync()));
        Assert.Single(one.Heard.Select(heard => heard.From.Port).Distinct());

        client.Control.Finish();
        var end = await gateway.Log.SessionEndAsync(client.Control.Local);
        Assert.Equal("client-fin", end.GetProperty("end").GetString());
        Assert.Equal("udpassociate", end.GetProperty("command").GetString());
        Assert.Equal((3, 12), (end.GetProperty("bytes_up").GetInt32(), end.GetProperty("bytes_down").GetInt32()));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Verdict_and_rule_of_the_line_belong_to_one_datagram(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp", "--deny", "denied.example");
        await using var server = UdpServer.Start("");
        // Names take a lookup each, and several are under way at a time
        byte[][] kinds =
        [
            UdpClientOfTest.Header("localhost", server.EndPoint.Port), UdpClientOfTest.Header("denied.example", 53),
            UdpClientOfTest.Header(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 53)), UdpClientOfTest.Header("localhost", server.EndPoint.Port),
        ];
        for (var round = 0; round < 8; round++)
        {
            using var client = await UdpClientOfTest.OpenAsync(gateway);
            for (var i = 0; i < 80; i++) await client.SendRawAsync([.. kinds[(i + round) % kinds.Length], .. Question]);
            await client.ReceiveAsync();
            client.Control.Finish();
            var end = await gateway.Log.SessionEndAsync(client.Control.Local);
            Assert.Contains(
                $"{end.GetProperty("verdict").GetString()} {end.GetProperty("rule").GetString()}",
                new[] { "allow allow:127.0.0.0/8", "allow allow:[::1]", "deny deny:denied.example", "deny default:private" });
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_largest_datagrams_pass(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        // 65,507 is what UDP over IPv4 carries; the header takes ten of them
        var data = new byte[65507 - 10];
        new Random(5).NextBytes(data);
        await client.SendAsync(server.EndPoint, data);
        Assert.Equal(data, (await client.ReceiveAsync()).Data);
        await client.SendAsync(server.EndPoint, []);
        Assert.Empty((await client.ReceiveAsync()).Data);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Only_the_client_and_from_its_first_port_is_heard(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        using var otherMachine = UdpClientOfTest.New(IPAddress.Parse("127.0.0.9"));
        using var otherPort = UdpClientOfTest.New(IPAddress.Loopback);
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint), .. "other machine"u8], otherMachine);
        await client.SendAsync(server.EndPoint, "client"u8.ToArray());
        await client.ReceiveAsync();
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint), .. "other port"u8], otherPort);
        await client.SendAsync(server.EndPoint, "client"u8.ToArray());
        await client.ReceiveAsync();
        // Datagrams of one socket keep their order on loopback: the strangers' went in front
        Assert.Equal(["client", "client"], server.Heard.Select(heard => System.Text.Encoding.ASCII.GetString(heard.Data)));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_server_that_was_not_asked_is_not_heard(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var asked = UdpServer.Start("asked");
        await using var stranger = UdpServer.Start("stranger");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.SendAsync(asked.EndPoint, Question);
        await client.ReceiveAsync();
        var outer = new IPEndPoint(IPAddress.Loopback, asked.Heard[0].From.Port);
        await stranger.SendAsync(outer, "unasked"u8.ToArray());
        await asked.SendAsync(outer, "asked again"u8.ToArray());
        Assert.Equal((asked.EndPoint, "asked again"), Text(await client.ReceiveAsync()));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Fragments_and_broken_headers_are_dropped_and_it_goes_on(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint, fragment: 1), .. "fragment"u8]);
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint, fragment: 0x81), .. "last fragment"u8]);
        var good = UdpClientOfTest.Header(server.EndPoint);
        for (var length = 0; length < good.Length; length++) await client.SendRawAsync(good[..length]);
        var random = new Random(1928);
        for (var i = 0; i < 200; i++)
        {
            var noise = new byte[random.Next(64)];
            random.NextBytes(noise);
            if (noise.Length > 0) noise[0] |= 1;
            await client.SendRawAsync(noise);
        }

        await client.SendAsync(server.EndPoint, "good"u8.ToArray());
        Assert.Equal("good", Text(await client.ReceiveAsync()).Data);
        Assert.Single(server.Heard);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Every_datagram_is_judged(string transport)
    {
        await using var allowed = UdpServer.Start("allowed");
        await using var denied = UdpServer.Start("denied", "127.0.0.66");
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp", "--deny", "127.0.0.66", "--bind", "127.0.0.5");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.SendAsync(denied.EndPoint, Question);
        await client.SendRawAsync([.. UdpClientOfTest.Header("denied.invalid", 53), .. Question]);
        await client.SendAsync(new IPEndPoint(IPAddress.Loopback, 0), Question);
        await client.SendAsync(allowed.EndPoint, Question);
        Assert.Equal("allowed?", Text(await client.ReceiveAsync()).Data);
        Assert.Empty(denied.Heard);
        Assert.Equal(IPAddress.Parse("127.0.0.5"), allowed.Heard[0].From.Address);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Thirty_associations_leave_nothing_behind(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("");
        await RoundAsync(1);
        await GoneAsync(1);
        var before = gateway.Descriptors;
        await RoundAsync(30);
        await GoneAsync(31);
        await Deadline.UntilAsync(() => gateway.Descriptors <= before, () => $"{gateway.Descriptors} descriptors, {before} before");

        Task GoneAsync(int sessions) => Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == sessions, () => gateway.Log.Text);

        async Task RoundAsync(int count)
        {
            var clients = new List<UdpClientOfTest>();
            for (var i = 0; i < count; i++) clients.Add(await UdpClientOfTest.OpenAsync(gateway));
            foreach (var client in clients) await client.SendAsync(server.EndPoint, Question);
            foreach (var client in clients) await client.ReceiveAsync();
            for (var i = 0; i < count; i++)
            {
                // In order, broken, and in the middle of a datagram
                if (i % 3 == 0) clients[i].Control.Finish();
                if (i % 3 == 1) clients[i].Control.Reset();
                if (i % 3 == 2) await clients[i].SendAsync(server.EndPoint, Question);
                clients[i].Dispose();
            }
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Of_257_servers_the_first_is_no_longer_heard(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var first = UdpServer.Start("first");
        await using var second = UdpServer.Start("second");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.SendAsync(first.EndPoint, Question);
        Assert.Equal((first.EndPoint, "first?"), Text(await client.ReceiveAsync()));
        await client.SendAsync(second.EndPoint, Question);
        Assert.Equal((second.EndPoint, "second?"), Text(await client.ReceiveAsync()));
        // 255 others make 257: one more than are remembered. Nobody listens there, which is no end of anything
        for (var i = 0; i < 255; i++) await client.SendAsync(new IPEndPoint(IPAddress.Parse("127.0.77.1"), 20000 + i), Question);
        var outer = new IPEndPoint(IPAddress.Loopback, first.Heard[0].From.Port);
        // Behind the others on the same socket: when it is answered they are through
        await client.SendAsync(second.EndPoint, Question);
        Assert.Equal((second.EndPoint, "second?"), Text(await client.ReceiveAsync()));
        await first.SendAsync(outer, "forgotten"u8.ToArray());
        await second.SendAsync(outer, "known"u8.ToArray());
        Assert.Equal((second.EndPoint, "known"), Text(await client.ReceiveAsync()));
    }

    /// <summary>Two minutes of waiting, in the long form alone; the clock itself has a unit test.</summary>
    [Fact]
    public async Task Two_minutes_of_silence_end_it()
    {
        Assert.SkipUnless(LongRun.Wanted, "takes two minutes: tests/run --long");
        await using var gateway = await GatewayProcess.StartAsync("auto", "--enable", "udp");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.Control.AssertRestAsync([], Ending.Fin, TimeSpan.FromSeconds(150));
        var end = await gateway.Log.SessionEndAsync(client.Control.Local);
        Assert.Equal("idle-timeout", end.GetProperty("end").GetString());
        Assert.InRange(end.GetProperty("duration_ms").GetDouble(), 119_000, 125_000);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_source_has_64_associations_and_no_more(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        var clients = new List<UdpClientOfTest>();
        try
        {
            for (var i = 0; i < 64; i++) clients.Add(await UdpClientOfTest.OpenAsync(gateway));
            Assert.Equal(ReplyCode.GeneralFailure, await RawClient.CodeAsync(gateway, Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0)));
            clients[0].Control.Finish();
            await gateway.Log.SessionEndAsync(clients[0].Control.Local);
            clients.Add(await UdpClientOfTest.OpenAsync(gateway));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static (IPEndPoint Source, string Data) Text((IPEndPoint Source, byte[] Data) datagram) =>
        (datagram.Source, System.Text.Encoding.ASCII.GetString(datagram.Data));
}
