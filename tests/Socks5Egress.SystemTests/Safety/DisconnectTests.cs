using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Udp;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Sessions that somebody closes by hand: those that fit, at once, and no others.</summary>
public sealed class DisconnectTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task It_closes_what_fits_by_user_target_and_client_and_nothing_else(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var one = RawTarget.Start(RawTarget.EchoAsync);
        await using var other = RawTarget.Start(RawTarget.EchoAsync);
        var users = folder.WriteSecret("users", User("app") + User("batch"));
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users, "--enable", "bind,udp");
        using var app = await AskAsync(gateway, "app", Socks5.Connect(one.EndPoint));
        using var elsewhere = await AskAsync(gateway, "app", Socks5.Connect(other.EndPoint));
        using var far = await AskAsync(gateway, "app", Socks5.Connect(one.EndPoint), "127.0.0.7");
        using var batch = await AskAsync(gateway, "batch", Socks5.Connect(one.EndPoint));
        using var wait = await AskAsync(gateway, "batch", Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 9], 21));
        using var association = await AskAsync(gateway, "batch", Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0));

        await AssertEndsAsync("client=127.0.0.7/32", far);
        await AssertEndsAsync($"user=app&target=127.0.0.1:{other.EndPoint.Port}", elsewhere);
        await AssertEndsAsync("target=127.0.0.9", wait);
        await AssertEndsAsync("user=App");
        await app.SendAsync("goes on"u8.ToArray());
        Assert.Equal("goes on"u8.ToArray(), await app.ReceiveAsync(7));
        await AssertEndsAsync("user=app", app);
        await AssertEndsAsync("user=batch", batch, association);

        // It keeps nobody from coming back
        using var again = await AskAsync(gateway, "app", Socks5.Connect(one.EndPoint));
        var done = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["disconnect", "--admin", gateway.Admin.Authority, "--user", "app", "--target", "*", "--client", "127.0.0.0/8"]);
        Assert.True(done is { ExitCode: 0, Output: "Disconnected: 1.\n", Error: "" }, done.ToString());
        await again.ReceiveToEndAsync();

        async Task AssertEndsAsync(string which, params RawConnection[] sessions)
        {
            Assert.Equal((HttpStatusCode.OK, $$"""{"disconnected":{{sessions.Length}}}"""), await AdminPage.PostAsync(gateway, "/disconnect?" + which));
            foreach (var session in sessions)
            {
                var end = await gateway.Log.SessionEndAsync(session.Local);
                Assert.Equal("disconnected", end.GetProperty("end").GetString());
                await session.ReceiveToEndAsync();
            }
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_of_an_association_and_a_request_of_an_HTTP_connection_count(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var server = UdpServer.Start("", "127.0.0.3");
        using var hole = await BlackHole.OpenAsync();
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        await client.SendAsync(server.EndPoint, "?"u8.ToArray());
        await client.ReceiveAsync();
        using var request = await RawConnection.ConnectAsync(gateway.EndPoint);
        await request.SendAsync(Encoding.ASCII.GetBytes($"GET http://{hole.EndPoint}/ HTTP/1.1\r\nHost: {hole.EndPoint}\r\n\r\n"));
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 2, () => gateway.Log.Text);

        foreach (var (target, session) in new[] { (server.EndPoint, client.Control), (hole.EndPoint, request) })
        {
            await Deadline.UntilAsync(async () => await DisconnectAsync(target) == 1, () => $"Nothing goes to {target}.\n{gateway.Log.Text}");
            Assert.Equal("disconnected", (await gateway.Log.SessionEndAsync(session.Local)).GetProperty("end").GetString());
        }

        async Task<int> DisconnectAsync(IPEndPoint target)
        {
            var answer = await AdminPage.PostAsync(gateway, $"/disconnect?target={target}");
            return JsonDocument.Parse(answer.Body).RootElement.GetProperty("disconnected").GetInt32();
        }
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_closes_nothing()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        Assert.Equal((HttpStatusCode.BadRequest, """{"error":"name at least one of user, target and client"}"""), await AdminPage.PostAsync(gateway, "/disconnect"));
        Assert.Contains("usr\\u0027 is unknown", (await AdminPage.PostAsync(gateway, "/disconnect?usr=app")).Body, StringComparison.Ordinal);
        Assert.Contains("once", (await AdminPage.PostAsync(gateway, "/disconnect?user=a&user=b")).Body, StringComparison.Ordinal);
        Assert.StartsWith("socks5egress: name at least one of --user, --target and --client", (await Socks5Egress.SystemTests.Cli.Cli.RefusedAsync(["disconnect"]))[0], StringComparison.Ordinal);
        Assert.StartsWith("socks5egress: --client:", (await Socks5Egress.SystemTests.Cli.Cli.RefusedAsync(["disconnect", "--client", "10.0.0.0/33"]))[0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await AdminPage.GetAsync(gateway, "/disconnect?user=app")).Status);
    }

    private static string User(string name) => $"{name}:sha256:{Convert.ToHexStringLower(SHA256.HashData("secret"u8))}\n";

    private static async Task<RawConnection> AskAsync(GatewayProcess gateway, string user, byte[] request, string from = "127.0.0.1")
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse(from));
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, "secret"), .. request]);
        Assert.Equal([5, Socks5.UserPassword, 1, 0], await client.ReceiveAsync(4));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        return client;
    }
}
