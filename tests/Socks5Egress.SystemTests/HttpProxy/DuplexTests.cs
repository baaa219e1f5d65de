using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;
using static Socks5Egress.SystemTests.HttpProxy.HttpClientSide;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>A request and its answer flow independently (RFC 9112 section 9.5, RFC 9110 sections 6.5, 7.8, 10.1.1 and 15.2).</summary>
public sealed class DuplexTests(Gateways gateways)
{
    public static TheoryData<string> Transports => TransportKind.All;

    [Theory, MemberData(nameof(Transports))]
    public async Task An_early_answer_is_passed_on_at_once_and_closes_when_its_origin_does(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, "Content-Length: 8000000") + new string('x', 1000));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        Assert.Contains("\r\nConnection: close\r\n", await client.AnswerAsync("413", "no"), StringComparison.Ordinal);
        await client.AssertRestAsync([], Ending.Fin);
        Assert.Equal(Ending.Reset, (await server.ReceiveToEndAsync()).Ending);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task An_answer_of_an_origin_that_closes_over_unread_bytes_is_passed_on(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, "Content-Length: 8000000") + new string('x', 100_000));
        var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        server.Dispose();
        try
        {
            for (var i = 0; i < 20; i++) await client.SayAsync(new string('x', 100_000));
        }
        catch (SocketException)
        {
            // It was closed, which a client that sends on has to expect
        }
        await client.AnswerAsync("413", "no");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task An_answer_comes_through_while_its_origin_takes_nothing_more(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, "Content-Length: 80000000"));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        var sending = SendMuchAsync(client);
        await server.SayAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
        await client.AnswerAsync("413", "no");
        server.Reset();
        client.Reset();
        await sending;
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Both_directions_flow_at_once_and_trailers_go_with_them(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, "Transfer-Encoding: chunked"));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
        await client.AnswerAsync("200", "3\r\none\r\n");
        await client.SayAsync("2\r\nhi\r\n");
        await server.ExpectAsync("2\r\nhi\r\n");
        await server.SayAsync("3\r\ntwo\r\n0\r\nX-Down: 1\r\n\r\n");
        await client.ExpectAsync("3\r\ntwo\r\n0\r\nX-Down: 1\r\n\r\n");
        // The answer is whole and the request is not: it goes on
        await client.SayAsync("2\r\nho\r\n0\r\nX-Up: 1\r\nConnection: X-Secret, Authorization\r\nContent-Length: 7\r\n\r\n");
        await server.ExpectAsync("2\r\nho\r\n0\r\nX-Up: 1\r\n\r\n");
        await client.SayAsync(Get(origin, "X-Secret: 1\r\nAuthorization: 2\r\n"));
        var next = await server.HeadAsync();
        Assert.Contains("\r\nX-Secret: 1\r\nAuthorization: 2\r\n", next, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Up", next, StringComparison.Ordinal);
        await server.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Interim_answers_are_forwarded_and_Expect_means_the_same_in_any_case(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, "Expect: 100-Continue\r\nContent-Length: 2"));
        using var server = await origin.AcceptAsync();
        Assert.Contains("\r\nExpect: 100-continue\r\n", await server.HeadAsync(), StringComparison.Ordinal);
        await server.SayAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: X\r\nX: 1\r\n\r\n");
        await client.AnswerAsync("100");
        await client.AnswerAsync("102");
        var hints = await client.AnswerAsync("103");
        Assert.Contains("\r\nLink: </a>\r\n", hints, StringComparison.Ordinal);
        Assert.DoesNotContain("X: 1", hints, StringComparison.Ordinal);
        await client.SayAsync("hi");
        await server.ExpectAsync("hi");
        await server.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task An_HTTP_1_0_client_gets_neither_interim_answers_nor_chunks(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync($"GET http://{origin.EndPoint}/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n");
        var head = await client.AnswerAsync("200", "ok");
        Assert.DoesNotContain("chunked", head, StringComparison.Ordinal);
        await client.AssertRestAsync([], Ending.Fin);
    }

    [Theory, MemberData(nameof(Schemes))]
    public async Task WebSocket_is_tunnelled_and_ends_as_a_relay_does(string transport, string scheme)
    {
        await using var origin = RawTarget.Start();
        var gateway = await gateways.SharedAsync(transport);
        foreach (var reset in new[] { false, true })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SayAsync($"GET {scheme}://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
            using var server = await origin.AcceptAsync();
            var asked = await server.HeadAsync();
            Assert.Contains("\r\nUpgrade: websocket\r\n", asked, StringComparison.Ordinal);
            Assert.Contains("\r\nConnection: Upgrade\r\n", asked, StringComparison.Ordinal);
            await server.SayAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
            Assert.Contains("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", await client.AnswerAsync("101", "first"), StringComparison.Ordinal);
            await server.ExpectAsync("early");
            await client.SayAsync("ping");
            await server.ExpectAsync("ping");
            await server.SayAsync("pong");
            await client.ExpectAsync("pong");
            if (reset) server.Reset();
            else server.Finish();
            await client.AssertRestAsync([], reset ? Ending.Reset : Ending.Fin);
            client.Finish();
            client.Dispose();
            Assert.Equal(reset ? "target-reset" : "target-fin", (await gateway.Log.SessionEndAsync(client)).GetProperty("end").GetString());
        }
    }

    public static TheoryData<string, string> Schemes => EachTransport.With("http", "HTTP", "ws");

    [Theory, MemberData(nameof(Transports))]
    public async Task An_upgrade_that_is_not_taken_is_an_ordinary_answer(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Get(origin, "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
        await client.SayAsync(Get(origin));
        await server.HeadAsync();
        await server.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_client_that_resets_while_its_origin_thinks_resets_the_origin(string transport)
    {
        await using var origin = RawTarget.Start();
        var client = await ConnectAsync(transport);
        await client.SayAsync(Get(origin));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        client.Reset();
        Assert.Equal(Ending.Reset, (await server.ReceiveToEndAsync()).Ending);
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_client_that_resets_while_its_origin_takes_nothing_resets_the_origin(string transport, string framing)
    {
        await using var origin = RawTarget.Start();
        var client = await ConnectAsync(transport);
        await client.SayAsync(Post(origin, framing) + (framing[0] == 'T' ? "7fffffff\r\n" : ""));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true) await client.SendAsync(new byte[1 << 20], TimeSpan.FromSeconds(1));
        });
        client.Reset();
        // Before the origin reads anything: its own read would make room, and the next byte would tell
        await WaitUntilClosedAsync(server.Socket);
    }

    /// <summary>Bodies that are too long for every buffer on the way.</summary>
    public static TheoryData<string, string> Framings => EachTransport.With("Content-Length: 2000000000", "Transfer-Encoding: chunked");

    [Theory, MemberData(nameof(Transports))]
    public async Task A_request_that_breaks_off_never_looks_whole_to_its_origin(string transport)
    {
        foreach (var (framing, body) in new[] { ("Content-Length: 10", "hi"), ("Transfer-Encoding: chunked", "2\r\nhi\r\n"), ("Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n") })
        {
            await using var origin = RawTarget.Start();
            using var client = await ConnectAsync(transport);
            await client.SayAsync(Post(origin, framing) + body);
            using var server = await origin.AcceptAsync();
            await server.HeadAsync();
            client.Finish();
            Assert.Equal(Ending.Reset, (await server.ReceiveToEndAsync()).Ending);
            await client.AnswerAsync("400");
        }
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_client_that_half_closes_gets_every_answer(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await ConnectAsync(transport);
        await client.SayAsync(Get(origin) + Get(origin) + Get(origin));
        client.Finish();
        using var server = await origin.AcceptAsync();
        for (var i = 0; i < 3; i++)
        {
            await server.HeadAsync();
            await server.SayAsync(Ok);
            await client.AnswerAsync("200", "ok");
        }
        await client.AssertRestAsync([], Ending.Fin);
    }

    private async Task<RawConnection> ConnectAsync(string transport) => await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);

    /// <summary>Waits until the connection's state is CLOSE (the first byte of tcp_info is 7): a reset has come.</summary>
    private static async Task WaitUntilClosedAsync(Socket socket)
    {
        var state = new byte[1];
        using var deadline = Deadline.Token();
        while (socket.GetRawSocketOption(6, 11, state) == 1 && state[0] != 7) await Task.Delay(20, deadline.Token);
    }

    private static async Task SendMuchAsync(RawConnection client)
    {
        try
        {
            for (var i = 0; i < 800; i++) await client.SayAsync(new string('x', 100_000));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test ended it
        }
    }
}
