using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Requests in absolute-form: who may ask for what, what an answer looks like, and how the session is logged.</summary>
public sealed class ForwardTests(Gateways gateways)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Several_origins_are_served_on_one_connection_and_make_one_log_line(string transport)
    {
        await using var one = Origin.Start();
        await using var two = Origin.Start();
        var gateway = await gateways.SharedAsync(transport);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        foreach (var origin in new[] { one, two, one })
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n\r\n"));
            await AnswerAsync(client, "200", "ok");
        }
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        Assert.Equal((1, 1), (one.Connections, two.Connections));
        var end = await gateway.Log.SessionEndAsync(client);
        Assert.Equal(("http", "http", "client-fin", 3), (Text(end, "protocol"), Text(end, "command"), Text(end, "end"), end.GetProperty("requests").GetInt32()));
        Assert.Equal((one.Authority, one.Authority, "allow"), (Text(end, "target"), Text(end, "dialled"), Text(end, "verdict")));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Each_request_needs_the_credentials(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var origin = Origin.Start();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", await StoredUsers.WriteAsync(folder, ("app", "secret")));
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        var login = Convert.ToBase64String("app:secret"u8);
        foreach (var (field, status, body) in new[]
        {
            ("", "407", ""), ($"Proxy-Authorization: Basic {login}\r\n", "200", "ok"), ("", "407", ""), ("Proxy-Authorization: Basic eDp5\r\n", "407", ""),
        })
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n{field}\r\n"));
            var head = await AnswerAsync(client, status, body);
            if (status == "407") Assert.Contains("Proxy-Authenticate: Basic ", head, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("Authorization", origin.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET http://u:p@ORIGIN/ HTTP/1.1", "400")]
    [InlineData("GET https://ORIGIN/ HTTP/1.1", "400")]
    [InlineData("GET ftp://ORIGIN/ HTTP/1.1", "400")]
    [InlineData("GET / HTTP/1.1", "400")]
    [InlineData("GET http://ORIGIN/#fragment HTTP/1.1", "400")]
    [InlineData("get http://ORIGIN/ HTTP/1.1", "405")]
    [InlineData("TRACE http://ORIGIN/ HTTP/1.1", "405")]
    [InlineData("GET http://127.1/ HTTP/1.1", "403")]
    [InlineData("GET http://10.0.0.1/ HTTP/1.1", "403")]
    [InlineData("GET http://GATEWAY/ HTTP/1.1", "508")]
    public async Task What_is_not_forwarded_never_reaches_an_origin(string line, string status)
    {
        await using var origin = Origin.Start();
        var gateway = await gateways.SharedAsync("sockets");
        line = line.Replace("ORIGIN", origin.Authority, StringComparison.Ordinal).Replace("GATEWAY", gateway.EndPoint.ToString(), StringComparison.Ordinal);
        var (text, _) = await Origin.AskAsync(gateway, line + "\r\nHost: x\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", text, StringComparison.Ordinal);
        Assert.Equal(0, origin.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("not http at all\r\n\r\n")]
    [InlineData("")]
    [InlineData("HUGE")]
    public async Task An_answer_that_cannot_be_passed_on_is_502(string answer)
    {
        if (answer == "HUGE") answer = "HTTP/1.1 200 OK\r\nX: " + new string('a', 100_000) + "\r\n\r\n";
        await using var origin = Origin.Start(answer, closes: true);
        var gateway = await gateways.SharedAsync("sockets");
        var (text, _) = await Origin.AskAsync(gateway, $"GET http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502 ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nup to the end", "200", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", "200", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "200", false)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "204", true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304", true)]
    public async Task An_answer_is_whole_or_seen_to_be_cut(string answer, string status, bool whole)
    {
        await using var origin = Origin.Start(answer, closes: true);
        var gateway = await gateways.SharedAsync("sockets");
        var (text, ending) = await Origin.AskAsync(gateway, $"GET http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(whole ? Ending.Fin : Ending.Reset, ending);
        if (whole) Assert.StartsWith($"HTTP/1.1 {status} ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_has_a_length_and_no_body()
    {
        await using var origin = Origin.Start("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        var gateway = await gateways.SharedAsync("sockets");
        var (text, ending) = await Origin.AskAsync(gateway, $"HEAD http://{origin.Authority} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains("Content-Length: 1000\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
        Assert.Equal(Ending.Fin, ending);
        Assert.StartsWith("HEAD / HTTP/1.1\r\n", origin.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_connection_ends_when_the_gateway_stops()
    {
        await using var origin = Origin.Start();
        await using var gateway = await GatewayProcess.StartAsync("sockets", "--drain-delay", "0", "--drain-timeout", "25s");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{origin.Authority}/ HTTP/1.1\r\nHost: x\r\n\r\n"));
        await AnswerAsync(client, "200", "ok");
        gateway.Signal(Signals.Terminate);
        await client.AssertRestAsync([], Ending.Fin);
        client.Dispose();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Equal("drain-idle", Text(await gateway.Log.SessionEndAsync(client), "end"));
    }

    private static string? Text(System.Text.Json.JsonElement entry, string key) => entry.GetProperty(key).GetString();

    /// <summary>One answer with a Content-Length, and its head.</summary>
    private static async Task<string> AnswerAsync(RawConnection client, string status, string body)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await client.ReceiveAsync(1))[0]);
        Assert.StartsWith($"HTTP/1.1 {status} ", head.ToString(), StringComparison.Ordinal);
        Assert.Equal(body, Encoding.ASCII.GetString(await client.ReceiveAsync(body.Length)));
        return head.ToString();
    }
}
