using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Each limit refuses fast, by name, and only what is above it.</summary>
public sealed class LimitTests
{
    public static MatrixTheoryData<string, string> LimitsAndTransports => new(
        ["--max-sessions 1 limit-sessions", "--max-source-sessions 1 limit-source-sessions", "--max-rate 1 limit-rate", "--max-memory 1M limit-memory"],
        TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(LimitsAndTransports))]
    public async Task What_is_above_a_limit_is_refused_by_name(string limit, string transport)
    {
        var words = limit.Split(' ');
        await using var gateway = await GatewayProcess.StartAsync(transport, words[0], words[1]);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var first = words[2] == "limit-memory" ? null : await RawClient.OpenAsync(gateway, target.EndPoint);
        using (first)
        {
            var (refused, reply) = await RawClient.RequestAsync(gateway, Socks5.Connect(target.EndPoint));
            using (refused)
            {
                Assert.Equal(ReplyCode.GeneralFailure, reply.Code);
                refused.Finish();
                Assert.Equal(words[2], (await gateway.Log.SessionEndAsync(refused.Local)).GetProperty("end").GetString());
            }
            Assert.Contains($"error_type=\"{words[2]}\"", (await AdminPage.GetAsync(gateway, "/metrics")).Body, StringComparison.Ordinal);
            if (first is null) return;
            await first.SendAsync("goes on"u8.ToArray());
            Assert.Equal("goes on"u8.ToArray(), await first.ReceiveAsync(7));
            first.Finish();
            await gateway.Log.SessionEndAsync(first.Local);
        }
        // The place is free again, for a rate after a while
        await Deadline.UntilAsync(
            async () => await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)) == ReplyCode.Succeeded, () => "It never lets anybody in again");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Of_too_many_handshakes_the_oldest_of_the_heaviest_source_goes(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--max-pending", "20", "--handshake-timeout", "60s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var calm = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.0.2"));
        var flood = new List<RawConnection>();
        for (var i = 0; i < 30; i++) flood.Add(await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.0.3")));
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 11, () => $"{gateway.Log.Of("session.end").Count} are gone");
        foreach (var end in gateway.Log.Of("session.end"))
        {
            Assert.Equal("limit-pending", end.GetProperty("end").GetString());
            Assert.StartsWith("127.0.0.3:", end.GetProperty("client").GetString(), StringComparison.Ordinal);
        }

        // Whoever came before the flood, and whoever comes now, is served
        using var late = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse("127.0.0.4"));
        foreach (var client in new[] { calm, late })
        {
            await client.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(target.EndPoint)]);
            Assert.Equal([5, 0], await client.ReceiveAsync(2));
            Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        }
        foreach (var client in flood) client.Dispose();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_account_has_its_own_policy_places_source_address_and_number(string transport)
    {
        using var folder = new TemporaryFolder();
        var users = await StoredUsers.WriteAsync(folder, ("app", "a"), ("other", "o"));
        await using var target = RawTarget.Start();
        await using var second = RawTarget.Start();
        var config = folder.Write("gateway.json", $$"""
            { "Policies": { "one": { "Default": "none", "Allow": ["127.0.0.1:{{target.EndPoint.Port}}"] } },
              "Accounts": { "app": { "Policy": "one", "Clients": ["127.0.0.2"], "Sessions": 1, "Bind": ["127.0.0.7"] } },
              "Routes": [{ "Target": "127.0.0.1:{{second.EndPoint.Port}}", "Bind": ["127.0.0.8"] }] }
            """);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users, "--config", config);

        var (first, code) = await LogInAsync(gateway, "app", "a", target.EndPoint, "127.0.0.2");
        Assert.Equal(ReplyCode.Succeeded, code);
        using (var peer = await target.AcceptAsync()) Assert.Equal("127.0.0.7", peer.Remote.Address.ToString());
        first.Reset();
        await gateway.Log.SessionEndAsync(first.Local);
        Assert.Equal("policy-denied account:clients", await EndAsync(gateway, "app", "a", target.EndPoint, "127.0.0.1"));
        Assert.Equal("policy-denied default:loopback", await EndAsync(gateway, "app", "a", second.EndPoint, "127.0.0.2"));

        var (other, otherCode) = await LogInAsync(gateway, "other", "o", second.EndPoint, "127.0.0.1");
        Assert.Equal(ReplyCode.Succeeded, otherCode);
        using (var peer = await second.AcceptAsync()) Assert.Equal("127.0.0.8", peer.Remote.Address.ToString());
        other.Dispose();

        var (only, _) = await LogInAsync(gateway, "app", "a", target.EndPoint, "127.0.0.2");
        Assert.Equal("limit-user-sessions", (await EndAsync(gateway, "app", "a", target.EndPoint, "127.0.0.2")).Trim());
        only.Dispose();
    }

    private static async Task<string> EndAsync(GatewayProcess gateway, string user, string password, IPEndPoint target, string from)
    {
        var (client, code) = await LogInAsync(gateway, user, password, target, from);
        using (client)
        {
            client.Finish();
            var end = await gateway.Log.SessionEndAsync(client.Local);
            Assert.Equal(end.GetProperty("end").GetString() == "policy-denied" ? ReplyCode.NotAllowed : ReplyCode.GeneralFailure, code);
            return end.GetProperty("end").GetString() + " " + (end.TryGetProperty("rule", out var rule) ? rule.GetString() : "");
        }
    }

    private static async Task<(RawConnection Client, byte Code)> LogInAsync(
        GatewayProcess gateway, string user, string password, IPEndPoint target, string from)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse(from));
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password), .. Socks5.Connect(target)]);
        Assert.Equal([5, Socks5.UserPassword, 1, 0], await client.ReceiveAsync(4));
        return (client, (await Socks5.ReadReplyAsync(client)).Code);
    }
}
