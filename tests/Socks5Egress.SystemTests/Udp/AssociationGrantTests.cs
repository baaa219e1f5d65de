using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Udp;

/// <summary>Whose datagrams an association takes, and for how long it may send them to a target.</summary>
public sealed class AssociationGrantTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_port_that_the_request_names_is_the_only_one(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("");
        using var named = UdpClientOfTest.New(IPAddress.Loopback);
        var port = ((IPEndPoint)named.LocalEndPoint!).Port;
        // The address of the request counts for nothing: behind NAT it is not the one that is seen
        using var client = await UdpClientOfTest.OpenAsync(gateway, Socks5.Request(3, Socks5.IPv4, [10, 9, 8, 7], port));
        await client.SendAsync(server.EndPoint, "other port"u8.ToArray());
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint), .. "named"u8], named);
        Assert.Equal("named", Encoding.ASCII.GetString((await UdpClientOfTest.ReceiveRawAsync(named))[10..]));
        Assert.Equal(["named"], Heard(server));
        Assert.Equal(1, await StrangersAsync(gateway));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Only_a_datagram_that_is_allowed_says_which_port_is_the_clients(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp", "--deny", "127.0.0.66");
        await using var server = UdpServer.Start("");
        await using var denied = UdpServer.Start("", "127.0.0.66");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        using var thief = UdpClientOfTest.New(IPAddress.Loopback);
        // Another program of that host comes first, with what goes nowhere: an address that is denied, a name, a fragment, noise
        foreach (var first in (byte[][])
        [
            UdpClientOfTest.Header(denied.EndPoint), UdpClientOfTest.Header("denied.invalid", 53), UdpClientOfTest.Header(server.EndPoint, fragment: 1), [0, 0],
        ])
        {
            await client.SendRawAsync(first, thief);
        }
        await client.SendAsync(server.EndPoint, "client"u8.ToArray());
        Assert.Equal("client"u8.ToArray(), (await client.ReceiveAsync()).Data);
        await client.SendRawAsync([.. UdpClientOfTest.Header(server.EndPoint), .. "thief"u8], thief);
        await client.SendAsync(server.EndPoint, "client"u8.ToArray());
        await client.ReceiveAsync();
        Assert.Equal(["client", "client"], Heard(server));
        Assert.Empty(denied.Heard);
        Assert.Equal(1, await StrangersAsync(gateway));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_becomes_forbidden_is_cut_off_and_the_others_go_on(string transport)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"] }, "Enable": ["udp"] }""");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        await using var stays = UdpServer.Start("");
        await using var goes = UdpServer.Start("", "127.0.0.66");
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        foreach (var server in new[] { stays, goes })
        {
            await client.SendAsync(server.EndPoint, "?"u8.ToArray());
            Assert.Equal(server.EndPoint, (await client.ReceiveAsync()).Source);
        }
        var outer = new IPEndPoint(IPAddress.Loopback, goes.Heard[0].From.Port);

        folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"], "Deny": ["127.0.0.66"] }, "Enable": ["udp"] }""");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        await client.SendAsync(goes.EndPoint, "!"u8.ToArray());
        await goes.SendAsync(outer, "unwanted"u8.ToArray());
        await client.SendAsync(stays.EndPoint, "still"u8.ToArray());
        // Datagrams of one socket keep their order on loopback: what was forbidden went in front
        var (source, data) = await client.ReceiveAsync();
        Assert.Equal((stays.EndPoint, "still"), (source, Encoding.ASCII.GetString(data)));
        Assert.Equal(["?"], Heard(goes));

        client.Control.Finish();
        var end = await gateway.Log.SessionEndAsync(client.Control.Local);
        Assert.Equal(("client-fin", 7, 7), (end.GetProperty("end").GetString(), end.GetProperty("bytes_up").GetInt32(), end.GetProperty("bytes_down").GetInt32()));
    }

    private static string[] Heard(UdpServer server) => [.. server.Heard.Select(heard => Encoding.ASCII.GetString(heard.Data))];

    private static async Task<int> StrangersAsync(GatewayProcess gateway)
    {
        var (_, metrics) = await AdminPage.GetAsync(gateway, "/metrics");
        var line = metrics.Split('\n').SingleOrDefault(line => line.StartsWith("socks5egress_udp_strangers", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
