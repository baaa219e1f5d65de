using Socks5Egress.SystemTests.Harness;
using Xunit;
using static Socks5Egress.SystemTests.HttpProxy.HttpClientSide;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Each request is judged by the rules that hold when it comes, on connections that began under others.</summary>
public sealed class AuthorizationTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_changed_password_holds_for_the_next_request_of_a_kept_connection(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var origin = RawTarget.Start();
        var users = await StoredUsers.WriteAsync(folder, ("app", "old-secret"));
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        using var server = await AskAsync(client, origin, null, "old-secret", "200");
        await StoredUsers.WriteAsync(folder, ("app", "new-secret"));
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        await AskAsync(client, origin, null, "old-secret", "407");
        using var again = await AskAsync(client, origin, null, "new-secret", "200");
        await AskAsync(client, origin, again, "old-secret", "407");
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_listener_that_no_longer_takes_a_client_serves_none_of_its_requests(string transport, string change)
    {
        using var folder = new TemporaryFolder();
        await using var origin = RawTarget.Start();
        var file = folder.Write("gateway.json", Configuration("[]", "[\"socks5\", \"http\"]"));
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, ListensByFile = true, Options = [.. GatewayProcess.OpenLoopback, "--config", file] });
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        // Denied first, so that nothing but the listener's own rules ties the connection to anything
        await client.SayAsync("GET http://10.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.AnswerAsync("403");
        await File.WriteAllTextAsync(file, change == "clients" ? Configuration("[\"192.0.2.0/24\"]", "[\"socks5\", \"http\"]") : Configuration("[]", "[\"socks5\"]"),
            TestContext.Current.CancellationToken);
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        try
        {
            await client.SayAsync(Get(origin));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Closed by the reload already
        }
        var (bytes, _) = await client.ReceiveToEndAsync();
        Assert.DoesNotContain("200 OK", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(0, origin.Accepted);
    }

    public static TheoryData<string, string> Changes => EachTransport.With("clients", "protocols");

    private static string Configuration(string clients, string protocols) =>
        $$"""{ "Listeners": [{ "Address": "127.0.0.1:0", "Protocols": {{protocols}}, "Clients": {{clients}} }] }""";

    private static async Task<RawConnection?> AskAsync(RawConnection client, RawTarget origin, RawConnection? kept, string password, string status)
    {
        var login = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes("app:" + password));
        await client.SayAsync(Get(origin, $"Proxy-Authorization: Basic {login}\r\n"));
        if (status != "200")
        {
            await client.AnswerAsync(status);
            return null;
        }
        kept ??= await origin.AcceptAsync();
        Assert.DoesNotContain("Authorization", await kept.HeadAsync(), StringComparison.Ordinal);
        await kept.SayAsync(Ok);
        await client.AnswerAsync("200", "ok");
        return kept;
    }
}
