using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>
/// Bodies arrive whole on connections that stay open: no FIN comes to push out what a proxy still holds. The head has always arrived before
/// the body leaves, so that the two never share a segment.
/// </summary>
public sealed class BodyTests(Gateways gateways)
{
    private const int Rounds = 3;

    /// <summary>Bytes: less than a buffer of the proxy, more than one and no multiple of it, and more than its pipes hold.</summary>
    public static TheoryData<string, string> Sizes => EachTransport.With("2", "30000", "1500001");

    [Theory, MemberData(nameof(Sizes))]
    public async Task An_answer_behind_its_head_is_whole(string transport, string size)
    {
        var body = Body(size);
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        RawConnection? server = null;
        for (var round = 0; round < Rounds; round++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\n\r\n"));
            server ??= await origin.AcceptAsync();
            await HeadAsync(server);
            await server.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200 ", await HeadAsync(client), StringComparison.Ordinal);
            var sending = server.SendAsync(body);
            Assert.Equal(body, await client.ReceiveAsync(body.Length));
            await sending;
        }
        Assert.Equal(1, origin.Accepted);
    }

    [Theory, MemberData(nameof(Sizes))]
    public async Task A_request_behind_its_head_is_whole(string transport, string size)
    {
        var body = Body(size);
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        RawConnection? server = null;
        for (var round = 0; round < Rounds; round++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n"));
            server ??= await origin.AcceptAsync();
            Assert.Contains($"Content-Length: {body.Length}\r\n", await HeadAsync(server), StringComparison.Ordinal);
            var sending = client.SendAsync(body);
            Assert.Equal(body, await server.ReceiveAsync(body.Length));
            await sending;
            await server.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
            Assert.StartsWith("HTTP/1.1 204 ", await HeadAsync(client), StringComparison.Ordinal);
        }
        Assert.Equal(1, origin.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_origin_that_leaves_while_a_body_is_awaited_is_answered_for(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"));
        var server = await origin.AcceptAsync();
        await HeadAsync(server);
        server.Reset();
        await client.SendAsync("12345"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 502 ", await HeadAsync(client), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_answer_that_comes_before_the_body_is_passed_on_behind_it(string transport)
    {
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"));
        var server = await origin.AcceptAsync();
        await HeadAsync(server);
        await server.SendAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"u8.ToArray());
        await client.SendAsync("12345"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 413 ", await HeadAsync(client), StringComparison.Ordinal);
        Assert.Equal("no"u8.ToArray(), await client.ReceiveAsync(2));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_large_chunk_is_passed_on_whole_and_what_stands_behind_it_is_the_next_message(string transport)
    {
        var body = Body("3000001");
        byte[] chunks = [.. "2\r\nhi\r\n2dc6c1;x=y\r\n"u8, .. body, .. "\r\n1\r\n!\r\n0\r\nX-Last: 1\r\n\r\n"u8];
        byte[] content = [.. "hi"u8, .. body, .. "!"u8];
        await using var origin = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        var asking = client.SendAsync((byte[])[
            .. Encoding.ASCII.GetBytes($"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), .. chunks,
            .. Encoding.ASCII.GetBytes($"GET http://{origin.EndPoint}/next HTTP/1.1\r\nHost: x\r\n\r\n")]);
        using var server = await origin.AcceptAsync();
        await HeadAsync(server);
        var (got, trailers) = await ChunksAsync(server);
        Assert.Equal(content, got);
        Assert.Equal("X-Last: 1\r\n", trailers);
        await asking;
        var answering = server.SendAsync((byte[])[.. "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8, .. chunks]);
        Assert.StartsWith("HTTP/1.1 200 ", await HeadAsync(client), StringComparison.Ordinal);
        (got, trailers) = await ChunksAsync(client);
        Assert.Equal(content, got);
        Assert.Equal("X-Last: 1\r\n", trailers);
        await answering;
        Assert.StartsWith("GET /next ", await HeadAsync(server), StringComparison.Ordinal);
        await server.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 204 ", await HeadAsync(client), StringComparison.Ordinal);
    }

    private static async Task<(byte[] Content, string Trailers)> ChunksAsync(RawConnection connection)
    {
        var content = new MemoryStream();
        while (true)
        {
            var size = Convert.ToInt32(await LineAsync(connection), 16);
            if (size == 0) break;
            content.Write(await connection.ReceiveAsync(size));
            Assert.Equal("", await LineAsync(connection));
        }
        var trailers = new StringBuilder();
        while (await LineAsync(connection) is { Length: > 0 } line) trailers.Append(line).Append("\r\n");
        return (content.ToArray(), trailers.ToString());
    }

    private static async Task<string> LineAsync(RawConnection connection)
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal)) line.Append((char)(await connection.ReceiveAsync(1))[0]);
        return line.ToString()[..^2];
    }

    private static byte[] Body(string size)
    {
        var body = new byte[int.Parse(size, System.Globalization.CultureInfo.InvariantCulture)];
        new Random(body.Length).NextBytes(body);
        return body;
    }

    private static async Task<string> HeadAsync(RawConnection connection)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await connection.ReceiveAsync(1))[0]);
        return head.ToString();
    }
}
