using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>A reload takes the new rules whole or not at all, and closes only what they forbid.</summary>
public sealed class ReloadTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_changed_policy_closes_what_it_forbids_and_nothing_else(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var stays = RawTarget.Start(RawTarget.EchoAsync);
        await using var goes = RawTarget.Start(RawTarget.EchoAsync);
        var config = folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"] } }""");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        var kept = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawClient.OpenAsync(gateway, stays.EndPoint)));
        var cut = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => RawClient.OpenAsync(gateway, goes.EndPoint)));

        // Bytes flow all the while
        using var over = new CancellationTokenSource();
        var talking = Task.WhenAll(kept.Select(async client =>
        {
            while (!over.IsCancellationRequested)
            {
                await client.SendAsync("there and back"u8.ToArray());
                Assert.Equal("there and back"u8.ToArray(), await client.ReceiveAsync(14));
            }
        }));
        folder.Write("gateway.json", $$"""{ "Policy": { "Allow": ["127.0.0.0/8"], "Deny": ["127.0.0.1:{{goes.EndPoint.Port}}"] } }""");
        await gateway.Log.WaitAsync("gateway.reloaded");
        foreach (var client in cut)
        {
            await client.ReceiveToEndAsync();
            Assert.Equal("now-forbidden", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
            client.Dispose();
        }
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(goes.EndPoint)));
        await over.CancelAsync();
        await talking;
        Assert.Equal(10, gateway.Log.Of("session.end").Count(entry => entry.GetProperty("end").GetString() == "now-forbidden"));
        foreach (var client in kept) client.Dispose();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task SIGHUP_takes_users_in_and_out_and_a_bad_file_changes_nothing(string transport)
    {
        using var folder = new TemporaryFolder();
        var first = await StoredUsers.HashAsync("first", token: true);
        var second = await StoredUsers.HashAsync("second", token: true);
        var users = folder.WriteSecret("users", $"app:{first}\nold:{first}\n");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users);
        using var old = await OpenAsync(gateway, "old", "first", target.EndPoint);
        using var app = await OpenAsync(gateway, "app", "first", target.EndPoint);

        folder.WriteSecret("users", "app:sha256:nonsense\n");
        gateway.Signal(Signals.HangUp);
        var refused = await gateway.Log.WaitAsync("gateway.reload-refused");
        Assert.Contains("line 1: user 'app'", refused.GetProperty("errors").GetString(), StringComparison.Ordinal);
        using (await OpenAsync(gateway, "old", "first", target.EndPoint))
        {
            // The old list holds on
        }

        folder.WriteSecret("users", $"app:{second}\nnew:{second}\n");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        await old.ReceiveToEndAsync();
        Assert.Equal("now-forbidden", (await gateway.Log.SessionEndAsync(old.Local)).GetProperty("end").GetString());
        using (await OpenAsync(gateway, "new", "second", target.EndPoint))
        {
            // A new user is known
        }
        await AssertRefusedAsync(gateway, "app", "first");
        await AssertRefusedAsync(gateway, "old", "first");

        // A session is its user's, whatever the password is now
        await app.SendAsync("goes on"u8.ToArray());
        Assert.Equal("goes on"u8.ToArray(), await app.ReceiveAsync(7));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_limit_that_changes_holds_from_then_on(string transport)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("gateway.json", """{ "Limits": { "Sessions": 1 } }""");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", config);
        using var first = await RawClient.OpenAsync(gateway, target.EndPoint);
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        folder.Write("gateway.json", """{ "Limits": { "Sessions": 2 } }""");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        folder.Write("gateway.json", """{ "Limits": { "Sessions": 0 } }""");
        gateway.Signal(Signals.HangUp);
        var refused = await gateway.Log.WaitAsync("gateway.reload-refused");
        Assert.Contains("Limits.Sessions", refused.GetProperty("errors").GetString(), StringComparison.Ordinal);
    }

    private static async Task<RawConnection> OpenAsync(GatewayProcess gateway, string user, string password, IPEndPoint target)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password), .. Socks5.Connect(target)]);
        Assert.Equal([5, Socks5.UserPassword, 1, 0], await client.ReceiveAsync(4));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        return client;
    }

    private static async Task AssertRefusedAsync(GatewayProcess gateway, string user, string password)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password)]);
        Assert.Equal([5, Socks5.UserPassword, 1, 1], await client.ReceiveAsync(4));
    }
}
