using System.Net;
using System.Text;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Listeners that require a PROXY protocol header, behind a real HAProxy and behind hand-made bytes.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly string[] Required = ["--proxy-protocol", "required"];

    public static TheoryData<string, string> Senders() => EachTransport.With("send-proxy", "send-proxy-v2");

    [Theory, MemberData(nameof(Senders))]
    public async Task Behind_HAProxy_the_log_has_the_real_client(string transport, string sender)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, Required);
        await using var haproxy = await HaproxyServer.StartAsync(gateway.EndPoint, serverOptions: sender);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);

        using var client = await RawConnection.ConnectAsync(haproxy.EndPoint, IPAddress.Parse("127.0.33.7"));
        await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
        await client.SendAsync(Socks5.Connect(target.EndPoint));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        await client.SendAsync("through both"u8.ToArray());
        Assert.Equal("through both"u8.ToArray(), await client.ReceiveAsync(12));
        client.Finish();

        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("client-fin", end.GetProperty("end").GetString());
        Assert.Equal("127.0.33.7", client.Local.Address.ToString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_checks_of_HAProxy_itself_are_no_errors_and_keep_the_server_up(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--log-level", "debug"]);
        await using var haproxy = await HaproxyServer.StartAsync(gateway.EndPoint, serverOptions: "send-proxy-v2 check inter 100ms check-send-proxy");
        var check = await gateway.Log.WaitAsync("session.end");
        Assert.Equal("client-silent", check.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Only_a_named_sender_may_say_who_the_client_is(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--proxy-protocol-from", "127.0.33.0/24", "--clients", "203.0.113.0/24"]);
        var header = "PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n"u8.ToArray();
        byte[] greeting = [.. header, .. Socks5.Greeting(Socks5.NoAuthentication)];
        using (var named = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.33.7")))
        {
            await named.SendAsync(greeting);
            Assert.Equal([5, 0], await named.ReceiveAsync(2));
        }

        using var other = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.34.7"));
        await other.SendAsync(greeting);
        Assert.Equal("bad-proxy-header", (await gateway.Log.SessionEndAsync(other.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_named_client_is_the_one_that_may_connect(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--clients", "203.0.113.0/24"]);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);

        using var named = await RawConnection.ConnectAsync(gateway.EndPoint);
        // In pieces, and with the client's first message in the segment of the header's end
        await named.SendApartAsync("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r"u8.ToArray());
        await named.SendAsync((byte[])[(byte)'\n', .. Socks5.Greeting(Socks5.NoAuthentication)]);
        Assert.Equal([5, 0], await named.ReceiveAsync(2));

        using var other = await RawConnection.ConnectAsync(gateway.EndPoint);
        await other.SendAsync("PROXY TCP4 127.0.0.1 198.51.100.7 51001 1080\r\n"u8.ToArray());
        await other.AssertRestAsync([], Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(IPEndPoint.Parse("127.0.0.1:51001"));
        Assert.Equal("client-not-allowed", end.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_named_client_is_the_one_that_limits_count(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--max-source-sessions", "1"]);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        // All of them from one address: the proxy's
        using var first = await AskAsync("203.0.113.5", 51000, ReplyCode.Succeeded);
        using var second = await AskAsync("203.0.113.5", 51001, ReplyCode.GeneralFailure);
        second.Finish();
        Assert.Equal("limit-source-sessions", (await gateway.Log.SessionEndAsync(IPEndPoint.Parse("203.0.113.5:51001"))).GetProperty("end").GetString());
        using var neighbour = await AskAsync("203.0.113.6", 51000, ReplyCode.Succeeded);
        first.Finish();
        await gateway.Log.SessionEndAsync(IPEndPoint.Parse("203.0.113.5:51000"));
        using var again = await AskAsync("203.0.113.5", 51002, ReplyCode.Succeeded);

        async Task<RawConnection> AskAsync(string client, int port, byte code)
        {
            var connection = await RawConnection.ConnectAsync(gateway.EndPoint);
            var header = Encoding.ASCII.GetBytes($"PROXY TCP4 {client} 198.51.100.7 {port} 1080\r\n");
            await connection.SendAsync((byte[])[.. header, .. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target.EndPoint)]);
            Assert.Equal([5, 0], await connection.ReceiveAsync(2));
            Assert.Equal(code, (await Socks5.ReadReplyAsync(connection)).Code);
            return connection;
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_flood_of_one_named_client_pushes_out_itself(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--max-pending", "5", "--handshake-timeout", "60s"]);
        using var calm = await RawConnection.ConnectAsync(gateway.EndPoint);
        await NamedAsync(calm, "203.0.113.6", 50000);
        var flood = new List<RawConnection>();
        for (var i = 0; i < 10; i++)
        {
            flood.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
            await NamedAsync(flood[^1], "203.0.113.5", 51000 + i);
        }
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 6, () => gateway.Log.Text);
        Assert.All(gateway.Log.Of("session.end"), end => Assert.StartsWith("203.0.113.5:", end.GetProperty("client").GetString(), StringComparison.Ordinal));
        foreach (var client in flood) client.Dispose();

        // The method is chosen once the header is read: from then on the connection has its name
        static async Task NamedAsync(RawConnection connection, string client, int port)
        {
            await connection.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"PROXY TCP4 {client} 198.51.100.7 {port} 1080\r\n"), .. Socks5.Greeting(Socks5.NoAuthentication)]);
            Assert.Equal([5, 0], await connection.ReceiveAsync(2));
        }
    }

    /// <summary>Datagrams and Unix sockets name no client of a TCP proxy: they are taken as UNSPEC, and the connection is its own client.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_family_that_is_not_TCP_is_the_senders_own_connection(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--clients", "127.0.0.1/32"]);
        foreach (var (family, length) in new[] { (0x00, 0), (0x12, 12), (0x22, 36), (0x31, 216), (0x32, 216) })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync((byte[])
            [
                .. Convert.FromHexString("0D0A0D0A000D0A515549540A"), 0x21, (byte)family, 0, (byte)length, .. Enumerable.Repeat((byte)203, length),
                .. Socks5.Greeting(Socks5.NoAuthentication),
            ]);
            Assert.Equal((family, "0500"), (family, Convert.ToHexString(await client.ReceiveAsync(2))));
            client.Finish();
            await gateway.Log.SessionEndAsync(client.Local);
        }
    }

    public static TheoryData<string, string> NoHeaders() => EachTransport.With(
        "050100", // SOCKS5 at once: a client that goes round the proxy
        "434F4E4E454354206120485454502F312E310D0A0D0A", // CONNECT a HTTP/1.1
        Convert.ToHexString(Encoding.ASCII.GetBytes("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")),
        Convert.ToHexString(Encoding.ASCII.GetBytes("PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n")),
        Convert.ToHexString(Encoding.ASCII.GetBytes("PROXY " + new string('x', 200))),
        "0D0A0D0A000D0A515549540A" + "2133000C" + "000000000000000000000000", // a family that nobody knows
        "0D0A0D0A000D0A515549540A" + "1111000C" + "000000000000000000000000"); // version 1 in the binary form

    [Theory, MemberData(nameof(NoHeaders))]
    public async Task A_connection_without_a_header_is_closed_without_a_word(string transport, string bytes)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, Required);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Convert.FromHexString(bytes));
        await client.AssertRestAsync([], Ending.Fin);
        client.Finish();
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("bad-proxy-header", end.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_header_that_does_not_end_is_cut_by_the_handshake_deadline(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Required, "--handshake-timeout", "500ms"]);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync("PROXY TCP4 "u8.ToArray());
        await client.ReceiveToEndAsync();
        Assert.Equal("handshake-timeout", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Where_none_is_required_a_header_is_no_protocol(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n"u8.ToArray());
        await client.ReceiveToEndAsync();
        // Found by its own address: nobody believed the header. It is taken for an HTTP method that does not exist
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("client", end.GetProperty("side").GetString());
        Assert.Equal(JsonValueKind.Null, end.TryGetProperty("dialled", out var dialled) ? dialled.ValueKind : JsonValueKind.Null);
    }
}
