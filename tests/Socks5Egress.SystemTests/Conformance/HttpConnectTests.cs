using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>CONNECT (RFC 9110 section 9.3.6): tunnels, refusals, and that nothing behind a refusal is ever run.</summary>
public sealed class HttpConnectTests(Gateways gateways)
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";

    /// <summary>Heads that are no request, after <c>TARGET</c> was put in, and their statuses.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { "CONNECT HOST HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT HOST: HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT HOST:99999 HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT user@TARGET HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT TARGET/ HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT http://TARGET HTTP/1.1\r\nHost: x\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\r\nHost: x\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic YTpi\r\nProxy-Authorization: Basic YTpi\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\r\n folded: y\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\0\r\n", "400" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\ry\r\n", "400" },
        { "CONNECT TARGET HTTP/2.0\r\nHost: x\r\n", "400" },
        { "CONNECT 10.0.0.1:80 HTTP/1.1\r\nHost: x\r\n", "403" },
        { "CONNECT nowhere.invalid:80 HTTP/1.1\r\nHost: x\r\n", "502" },
        { $"CONNECT {new string('a', 9000)}:80 HTTP/1.1\r\nHost: x\r\n", "414" },
        { $"CONNECT TARGET HTTP/1.1\r\nHost: x\r\nX: {new string('a', 17_000)}\r\n", "431" },
        { "CONNECT TARGET HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 101)), "431" },
    };

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_head_may_come_byte_by_byte_and_the_answer_frames_nothing(string transport)
    {
        await using var target = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendApartAsync(Encoding.ASCII.GetBytes($"CONNECT {target.EndPoint} HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal(Established, Encoding.ASCII.GetString(await client.ReceiveAsync(Established.Length)));
        var server = await target.AcceptAsync();
        await server.SendAsync("first words are the server's"u8.ToArray());
        Assert.Equal("first words are the server's"u8.ToArray(), await client.ReceiveAsync(28));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Bytes_behind_the_head_reach_the_target_and_half_closes_pass(string transport)
    {
        await using var target = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {target.EndPoint} HTTP/1.0\r\n\r\nquestion"));
        client.Finish();
        var server = await target.AcceptAsync();
        await server.AssertRestAsync("question"u8.ToArray(), Ending.Fin);
        await server.SendAsync("answer"u8.ToArray());
        server.Finish();
        await client.AssertRestAsync(Encoding.ASCII.GetBytes(Established + "answer"), Ending.Fin);
    }

    [Theory, MemberData(nameof(Refused))]
    public async Task A_refused_head_is_the_end_and_what_follows_it_is_nobodys_request(string head, string status)
    {
        await using var target = RawTarget.Start();
        head = head.Replace("TARGET", target.EndPoint.ToString(), StringComparison.Ordinal).Replace("HOST", "127.0.0.1", StringComparison.Ordinal);
        foreach (var transport in TransportKind.All.Select(row => row.Data))
        {
            using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
            await client.SendAsync(Encoding.ASCII.GetBytes(
                $"{head}\r\nCONNECT {target.EndPoint} HTTP/1.1\r\nHost: x\r\n\r\nGET http://{target.EndPoint}/ HTTP/1.1\r\nHost: x\r\n\r\n"));
            var (bytes, ending) = await client.ReceiveToEndAsync();
            var answer = Encoding.ASCII.GetString(bytes);
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Equal(1, answer.Split("HTTP/1.1").Length - 1);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(Ending.Fin, ending);
        }
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Only_the_right_credentials_open_a_tunnel(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", await StoredUsers.WriteAsync(folder, ("app", "secret")));
        foreach (var (credentials, status) in new[] { ("", "407"), ("app:Secret", "407"), ("app:", "407"), ("app:secret\0", "407"), ("app:secret", "200") })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            var field = credentials == "" ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials))}\r\n";
            await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {target.EndPoint} HTTP/1.1\r\nHost: x\r\n{field}\r\n"));
            client.Finish();
            var answer = Encoding.ASCII.GetString((await client.ReceiveToEndAsync()).Bytes);
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            if (status == "407") Assert.Contains("Proxy-Authenticate: Basic ", answer, StringComparison.Ordinal);
        }
        Assert.Equal(1, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Failures_of_the_target_have_their_status(string transport)
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var hole = await BlackHole.OpenAsync();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--connect-timeout", "1s");
        foreach (var (endpoint, status) in new[] { (closed.LocalEndPoint!, "502"), (hole.EndPoint, "504") })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {endpoint} HTTP/1.1\r\nHost: x\r\n\r\n"));
            Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString((await client.ReceiveToEndAsync()).Bytes), StringComparison.Ordinal);
        }
    }
}
