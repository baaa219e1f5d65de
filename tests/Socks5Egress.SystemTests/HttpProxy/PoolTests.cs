using Socks5Egress.SystemTests.Harness;
using Xunit;
using static Socks5Egress.SystemTests.HttpProxy.HttpClientSide;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Connections to origins that wait for another request: whatever comes on them meanwhile belongs to nobody (RFC 9112 sections 9.2 and 9.3).</summary>
public sealed class PoolTests(Gateways gateways)
{
    /// <summary>How an origin ends a connection that waits, and a request that nobody may send twice.</summary>
    public static TheoryData<string, string> Ends => EachTransport.With("fin POST", "reset POST", "fin DELETE", "reset PUT", "fin GET");

    /// <summary>An answer, and what an origin says behind it that nobody asked for.</summary>
    public static TheoryData<string, string> Surplus => EachTransport.With(
        Ok, "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HEAD");

    [Theory, MemberData(nameof(Ends))]
    public async Task An_origin_that_closes_while_it_waits_is_not_used_again(string transport, string end)
    {
        var (how, method) = (end.Split(' ')[0], end.Split(' ')[1]);
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        for (var round = 0; round < 4; round++)
        {
            await client.SayAsync($"{method} http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
            using var server = await origin.AcceptAsync();
            await server.HeadAsync();
            await server.ExpectAsync("hi");
            await server.SayAsync(Ok);
            await client.AnswerAsync("200", "ok");
            if (how == "fin") server.Finish();
            else server.Reset();
            // The gateway hears of it in its own time; a FIN it answers
            if (how == "fin") await server.ReceiveToEndAsync();
            else await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
        Assert.Equal(4, origin.Accepted);
    }

    [Theory, MemberData(nameof(Surplus))]
    public async Task What_an_origin_says_behind_its_answer_is_no_answer_to_the_next_request(string transport, string answer)
    {
        var isHead = answer == "HEAD";
        if (isHead) answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        const string surplus = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        foreach (var later in new[] { false, true })
        {
            await client.SayAsync($"{(isHead ? "HEAD" : "GET")} http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\n\r\n");
            using (var server = await origin.AcceptAsync())
            {
                await server.HeadAsync();
                await server.SayAsync(later ? answer : answer + surplus);
                await client.AnswerAsync("20", answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
                if (later) await server.SayAsync(surplus);
                // The gateway closes it
                await server.ReceiveToEndAsync();
            }
            await client.SayAsync(Get(origin));
            using var next = await origin.AcceptAsync();
            await next.HeadAsync();
            await next.SayAsync(Ok + "x");
            await client.AnswerAsync("200", "ok");
            await next.ReceiveToEndAsync();
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_request_is_sent_once(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SayAsync(Get(origin));
        using var server = await origin.AcceptAsync();
        await server.HeadAsync();
        await server.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
        await client.SayAsync(Get(origin));
        await server.HeadAsync();
        server.Finish();
        await client.AnswerAsync("502");
        Assert.Equal(1, origin.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_ninth_origin_takes_the_place_of_the_first(string transport)
    {
        var origins = Enumerable.Range(0, 9).Select(_ => RawTarget.Start()).ToList();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        RawConnection? first = null;
        foreach (var origin in origins)
        {
            await client.SayAsync(Get(origin));
            var server = await origin.AcceptAsync();
            first ??= server;
            await server.HeadAsync();
            await server.SayAsync(Ok);
            await client.AnswerAsync("200", "ok");
        }
        await first!.AssertRestAsync([], Ending.Fin);
        foreach (var origin in origins) await origin.DisposeAsync();
    }
}
