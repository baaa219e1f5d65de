using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>First flights by hand, on both transports: what reaches the target, what the client hears, how it is logged.</summary>
public sealed class RequireTlsTests(EnforcingGateways gateways) : IClassFixture<EnforcingGateways>
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];
    private static readonly byte[] GssRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x30];
    private static readonly byte[] Startup = [0, 0, 0, 17, 0, 3, 0, 0, .. "user\0a\0\0\0"u8];
    private static readonly byte[] Hello = RawHello.Of("db.example.com");

    /// <summary>What a client sends, what its server answers to its first bytes, and what comes of it.</summary>
    /// <param name="Said">The client's messages, each after the answer to the one before.</param>
    /// <param name="Answer">The server's first bytes.</param>
    /// <param name="Target">All that the target gets.</param>
    /// <param name="Heard">What the client hears: the beginning, or words in it.</param>
    /// <param name="End">How the session ends.</param>
    private sealed record Case(string Name, byte[][] Said, byte[] Answer, byte[] Target, string Heard, string End, bool ServerFirst = false);

    private static readonly byte[] PreLogin = [0x12, 1, 0, 26, 0, 0, 0, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 9, 0, 0, 0, 0, 0, 1];
    private static byte[] PreLoginAnswer(byte encryption) => [4, 1, 0, 26, 0, 0, 0, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 9, 0, 0, 0, 0, 0, encryption];
    private static readonly byte[] TdsHello = [0x12, 1, (byte)((Hello.Length + 8) >> 8), (byte)(Hello.Length + 8), 0, 0, 0, 0, .. Hello];

    private static readonly Case[] Cases =
    [
        new("a startup message", [Startup], [], [], "C28000", "plaintext-refused"),
        new("a cancel request", [[0, 0, 0, 16, 0x04, 0xD2, 0x16, 0x2E, 0, 0, 0, 1, 0, 0, 0, 2]], [], [], "C28000", "plaintext-refused"),
        new("a startup message behind the question", [[.. SslRequest, .. Startup]], "S"u8.ToArray(), [], "C28000", "plaintext-refused"),
        new("a startup message after the answer", [SslRequest, Startup], "S"u8.ToArray(), SslRequest, "C28000", "plaintext-refused"),
        new("a server without TLS", [SslRequest], "N"u8.ToArray(), SslRequest, "C28000", "plaintext-refused"),
        new("a server that goes on in clear", [SslRequest], "SR"u8.ToArray(), SslRequest, "C28000", "plaintext-refused"),
        new("a server with an error of its own", [SslRequest], "Esorry"u8.ToArray(), SslRequest, "Esorry", "target-fin"),
        new("an upgrade of PostgreSQL", [SslRequest, Hello], "S"u8.ToArray(), [.. SslRequest, .. Hello], "S", "client-fin"),
        new("encryption by GSSAPI first", [GssRequest, SslRequest, Hello], "S"u8.ToArray(), [.. SslRequest, .. Hello], "NS", "client-fin"),
        new("TLS at once", [Hello], RawHello.Answer, Hello, "\u0016", "client-fin"),
        new("plaintext behind a hello", [[.. Hello, .. "SELECT 1"u8]], [], [], "\u0015\u0003\u0003\0\u0002\u0002P", "plaintext-refused"),
        new("SSH", ["SSH-2.0-x\r\n"u8.ToArray()], "SSH-2.0-y\r\n"u8.ToArray(), "SSH-2.0-x\r\n"u8.ToArray(), "SSH-2.0-y", "client-fin"),
        new("four letters of SSH in front of another protocol", ["SSH-\r\nAUTH secret\r\n"u8.ToArray()], [], [], "", "plaintext-refused"),
        new("a line of SSH in front of another protocol", ["SSH-2.0-x\r\nAUTH secret\r\n"u8.ToArray()], "-ERR unknown\r\n"u8.ToArray(), "SSH-2.0-x\r\n"u8.ToArray(), "", "plaintext-refused"),
        new("a line of SSH after mail's greeting", ["SSH-2.0-x\r\n"u8.ToArray()], "220 mail\r\n"u8.ToArray(), [], "554 5.7.0", "plaintext-refused", true),
        new("SSH whose server speaks first", ["SSH-2.0-x\r\nkeys"u8.ToArray()], "SSH-2.0-y\r\n"u8.ToArray(), "SSH-2.0-x\r\nkeys"u8.ToArray(), "SSH-2.0-y", "client-fin", true),
        new("SSH that goes on at once", ["SSH-2.0-x\r\nkeys"u8.ToArray()], "SSH-2.0-y\r\n"u8.ToArray(), "SSH-2.0-x\r\nkeys"u8.ToArray(), "SSH-2.0-y", "client-fin"),
        new("Redis", ["*1\r\n$4\r\nPING\r\n"u8.ToArray()], [], [], "-ERR the gateway", "plaintext-refused"),
        new("HTTP in a tunnel", ["GET / HTTP/1.1\r\n\r\n"u8.ToArray()], [], [], "HTTP/1.1 403", "plaintext-refused"),
        new("HTTP/2 in a tunnel", ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray()], [], [], "HTTP/1.1 403", "plaintext-refused"),
        new("nothing that is known", ["whatever"u8.ToArray()], [], [], "", "plaintext-refused"),
        new("mail with STARTTLS", ["EHLO x\r\n"u8.ToArray()], "220 mail\r\n"u8.ToArray(), [], "554 5.7.0", "plaintext-refused", true),
        new("SQL Server", [PreLogin, TdsHello], PreLoginAnswer(1), [.. PreLogin, .. TdsHello], "\u0004\u0001", "client-fin"),
        new("SQL Server with an encrypted login only", [PreLogin], PreLoginAnswer(0), PreLogin, "t\0h\0e\0 \0s\0e\0r\0v\0e\0r", "plaintext-refused"),
        new("SQL Server without a question", [[0x10, 1, 0, 9, 0, 0, 0, 0, 1]], [], [], "t\0h\0e\0 \0g\0a\0t\0e\0w\0a\0y", "plaintext-refused"),
    ];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_first_flight_is_carried_or_refused_whole(string transport)
    {
        var gateway = await gateways.EnforcingAsync(transport);
        await Task.WhenAll(Cases.Select(each => RunAsync(gateway, each)));
    }

    private static async Task RunAsync(GatewayProcess gateway, Case each)
    {
        await using var server = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
        using var target = await server.AcceptAsync();
        var heard = new MemoryStream();
        if (each.ServerFirst)
        {
            await target.SendAsync(each.Answer);
            heard.Write(await client.ReceiveAsync(each.Answer.Length));
        }
        var got = new MemoryStream();
        var serving = ServeAsync(target, each, got);
        for (var i = 0; i < each.Said.Length; i++)
        {
            await client.SendAsync(each.Said[i]);
            if (i + 1 < each.Said.Length) heard.Write(await client.ReceiveAsync(each.Said[i] == PreLogin ? each.Answer.Length : 1));
        }
        if (each.End == "client-fin")
        {
            if (each.Said.Length == 1 && !each.ServerFirst) heard.Write(await client.ReceiveAsync(each.Answer.Length));
            client.Finish();
        }
        heard.Write((await client.ReceiveToEndAsync()).Bytes);
        await serving;
        var words = Encoding.Latin1.GetString(heard.ToArray());
        Assert.True(words.Contains(each.Heard, StringComparison.Ordinal), $"{each.Name}: the client heard '{words}'");
        Assert.True(got.ToArray().SequenceEqual(each.Target), $"{each.Name}: the target got {Convert.ToHexString(got.ToArray())}");
        var end = await gateway.Log.SessionEndAsync(client);
        Assert.True(end.GetProperty("end").GetString() == each.End, $"{each.Name}: {end}");
        if (each.End != "plaintext-refused") Assert.Equal((long)each.Target.Length, end.GetProperty("bytes_up").GetInt64());
        Assert.Equal(heard.Length, end.GetProperty("bytes_down").GetInt64());
    }

    private static async Task ServeAsync(RawConnection target, Case each, MemoryStream got)
    {
        var buffer = new byte[64 * 1024];
        var isAnswered = each.ServerFirst || each.Answer.Length == 0;
        using var deadline = Deadline.Token();
        while (await target.Socket.ReceiveAsync(buffer, deadline.Token) is > 0 and var count)
        {
            got.Write(buffer, 0, count);
            if (!isAnswered) await target.SendAsync(each.Answer);
            isAnswered = true;
            if (each.End == "target-fin") break;
        }
        target.Finish();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Silence_is_idle_and_half_a_hello_is_out_of_time(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--require-tls", "enforce", "--handshake-timeout", "1s", "--drain-timeout", "3s", "--drain-delay", "0");
        await using var server = RawTarget.Start();
        using var silent = await RawClient.OpenAsync(gateway, server.EndPoint);
        using var silentTarget = await server.AcceptAsync();
        using var half = await RawClient.OpenAsync(gateway, server.EndPoint);
        using var halfTarget = await server.AcceptAsync();
        await half.SendAsync(Hello.AsMemory(0, 20));
        Assert.Equal("handshake-timeout", (await gateway.Log.SessionEndAsync(half)).GetProperty("end").GetString());
        Assert.DoesNotContain(gateway.Log.Of("session.end"), entry => entry.GetProperty("client").GetString() == silent.Local.ToString());
        // It is closed early in a drain, in order, as an idle session of a relay is
        Signals.Send(gateway.Pid, Signals.Terminate);
        Assert.Equal("drain-idle", (await gateway.Log.SessionEndAsync(silent)).GetProperty("end").GetString());
        Assert.Equal(0, await silent.Socket.ReceiveAsync(new byte[1]));
        Assert.Equal(0, await silentTarget.Socket.ReceiveAsync(new byte[1]));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_silent_session_that_is_due_ends_in_order_and_one_that_speaks_goes_on(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--require-tls", "enforce", "--retire-quiet", "500ms");
        await using var server = RawTarget.Start();
        using var silent = await RawClient.OpenAsync(gateway, server.EndPoint);
        using var silentTarget = await server.AcceptAsync();
        using var speaking = await RawClient.OpenAsync(gateway, server.EndPoint);
        using var speakingTarget = await server.AcceptAsync();
        await speaking.SendAsync(SslRequest);
        await speakingTarget.ReceiveAsync(SslRequest.Length);
        await speakingTarget.SendAsync("S"u8.ToArray());
        await speaking.ReceiveAsync(1);
        await AdminPage.PostAsync(gateway, "/retire?all");
        await silent.AssertRestAsync([], Ending.Fin);
        await silentTarget.AssertRestAsync([], Ending.Fin);
        Assert.Equal("retired-asked", (await gateway.Log.SessionEndAsync(silent)).GetProperty("end").GetString());
        // It was asked for in the first flight, and is due in the relay
        await speaking.SendAsync(Hello);
        await speakingTarget.ReceiveAsync(Hello.Length);
        await speakingTarget.SendAsync(RawHello.Answer);
        await speaking.AssertRestAsync(RawHello.Answer, Ending.Fin);
        Assert.Equal("retired-asked", (await gateway.Log.SessionEndAsync(speaking)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_session_is_relayed_byte_by_byte_after_its_hello(string transport)
    {
        var gateway = await gateways.EnforcingAsync(transport);
        await using var server = RawTarget.Start(async target =>
        {
            var hello = await target.ReceiveAsync(Hello.Length);
            await target.SendAsync((byte[])[.. RawHello.Answer, .. hello]);
            await RawTarget.EchoAsync(target);
        });
        using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
        await client.SendApartAsync(Hello);
        Assert.Equal(RawHello.Answer, await client.ReceiveAsync(RawHello.Answer.Length));
        Assert.Equal(Hello, await client.ReceiveAsync(Hello.Length));
        var bulk = new byte[8 << 20];
        Random.Shared.NextBytes(bulk);
        var sending = client.SendAsync(bulk);
        Assert.Equal(bulk, await client.ReceiveAsync(bulk.Length));
        await sending;
        client.Finish();
        var end = await gateway.Log.SessionEndAsync(client);
        Assert.Equal(("client-fin", "1.3", "db.example.com", "none"), (end.GetProperty("end").GetString(), end.GetProperty("tls_version").GetString(),
            end.GetProperty("tls_sni").GetString(), end.GetProperty("upgrade").GetString()));
        Assert.Equal(Hello.Length + bulk.Length, end.GetProperty("bytes_up").GetInt64());
        Assert.Equal(RawHello.Answer.Length + Hello.Length + bulk.Length, end.GetProperty("bytes_down").GetInt64());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reset_of_either_side_is_one_to_the_other(string transport)
    {
        var gateway = await gateways.EnforcingAsync(transport);
        await using var server = RawTarget.Start();
        foreach (var (first, isClients) in new[] { (Hello[..20], true), (Hello[..20], false), (SslRequest, true), (SslRequest, false), ([], true), ([], false) })
        {
            using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
            using var target = await server.AcceptAsync();
            await client.SendAsync(first);
            if (first == SslRequest) await target.ReceiveAsync(SslRequest.Length);
            (isClients ? client : target).Reset();
            await (isClients ? target : client).AssertRestAsync([], Ending.Reset);
            Assert.Equal(isClients ? "client-reset" : "target-reset", (await gateway.Log.SessionEndAsync(client)).GetProperty("end").GetString());
        }
    }

    [Fact]
    public async Task A_server_that_answers_a_hello_in_clear_ends_the_session()
    {
        var gateway = await gateways.EnforcingAsync("epoll");
        await using var server = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
        await client.SendAsync(Hello);
        Assert.Equal("plaintext-refused", (await gateway.Log.SessionEndAsync(client)).GetProperty("end").GetString());
    }

    [Fact]
    public async Task A_name_that_was_not_asked_for_is_refused_where_it_has_to_match()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("gateway.json", """{ "Policy": { "RequireTls": "enforce", "Sni": "match", "Deny": ["denied.example"] } }""");
        await using var gateway = await GatewayProcess.StartAsync("auto", "--config", file);
        await using var server = RawTarget.Start(async target =>
        {
            await target.ReceiveAsync(1);
            await target.SendAsync(RawHello.Answer);
            await RawTarget.EchoAsync(target);
        });
        foreach (var (name, isRefused) in new[] { ("localhost", false), ("db.example.com", false), ("denied.example", true) })
        {
            using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
            await client.SendAsync(RawHello.Of(name));
            Assert.Equal(isRefused ? (byte)21 : (byte)22, (await client.ReceiveAsync(1))[0]);
        }
        var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "policy-denied");
        Assert.Equal("sni", end.GetProperty("rule").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Where_plaintext_is_reported_a_target_that_has_ended_still_gets_what_its_client_says(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--require-tls", "report");
        await using var server = RawTarget.Start();
        foreach (var (said, answer) in new[] { ("upload"u8.ToArray(), ""), ("upload"u8.ToArray(), "220 x\r\n"), (SslRequest, "E"), (SslRequest, "") })
        {
            using var client = await RawClient.OpenAsync(gateway, server.EndPoint);
            using var target = await server.AcceptAsync();
            var isAsked = said == SslRequest;
            if (isAsked)
            {
                await client.SendAsync(said);
                Assert.Equal(said, await target.ReceiveAsync(said.Length));
            }
            await target.SendAsync(Encoding.ASCII.GetBytes(answer));
            target.Finish();
            Assert.Equal((answer, Ending.Fin), await ReadToEndAsync(client));
            var rest = isAsked ? "and more"u8.ToArray() : said;
            await client.SendAsync(rest);
            client.Finish();
            await target.AssertRestAsync(rest, Ending.Fin);
        }

        static async Task<(string, Ending)> ReadToEndAsync(RawConnection connection)
        {
            var (bytes, end) = await connection.ReceiveToEndAsync();
            return (Encoding.ASCII.GetString(bytes), end);
        }
    }

    [Fact]
    public async Task A_request_in_absolute_form_is_answered_with_403()
    {
        var gateway = await gateways.EnforcingAsync("epoll");
        await using var server = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{server.EndPoint}/ HTTP/1.1\r\nHost: {server.EndPoint}\r\n\r\n"));
        Assert.Equal("HTTP/1.1 403", Encoding.ASCII.GetString(await client.ReceiveAsync(12)));
        Assert.Equal(0, server.Accepted);
    }
}
