using System.Net;
using System.Text.Json;
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

        // What a password opened ends with it: the one that was changed may be known to somebody else
        await app.ReceiveToEndAsync();
        var changed = await gateway.Log.SessionEndAsync(app.Local);
        Assert.Equal(("now-forbidden", "account:password"), (changed.GetProperty("end").GetString(), changed.GetProperty("rule").GetString()));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_limit_that_changes_holds_from_then_on(string transport)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Write("gateway.json", """{ "Limits": { "Sessions": 1 } }""");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", config);
        using var first = await RawClient.OpenAsync(gateway, target.EndPoint);
        Assert.Equal(ReplyCode.GeneralFailure, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        folder.Write("gateway.json", """{ "Limits": { "Sessions": 2 } }""");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        folder.Write("gateway.json", """{ "Limits": { "Sessions": 0 } }""");
        gateway.Signal(Signals.HangUp);
        var refused = await gateway.Log.WaitAsync("gateway.reload-refused");
        Assert.Contains("Limits.Sessions", refused.GetProperty("errors").GetString(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_bad_certificate_stops_the_new_users_and_the_other_way_round(string transport)
    {
        using var folder = new TemporaryFolder();
        using var certificates = new Certificates();
        var (served, next) = (certificates.Server(), certificates.Server());
        var hash = await StoredUsers.HashAsync("secret", token: true);
        var users = folder.WriteSecret("users", $"old:{hash}\n");
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users, "--tls-cert", served.File, "--tls-key", served.KeyFile);
        Assert.Equal((served.Certificate.SerialNumber, true, false), await SeenAsync(gateway));

        // Good users beside a bad certificate
        File.WriteAllText(served.File, "-----BEGIN NOTHING-----");
        await AskAsync(gateway, "gateway.reload-refused");
        folder.WriteSecret("users", $"new:{hash}\n");
        Assert.True(Says(await AskAsync(gateway, "gateway.reload-refused"), $"'{served.File}' holds no certificate"));
        Assert.Equal((served.Certificate.SerialNumber, true, false), await SeenAsync(gateway));

        // A good certificate beside bad users
        folder.WriteSecret("users", "new:nonsense\n");
        Certificates.Replace(served, next);
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reload-refused", entry => Says(entry, "line 1: user 'new'") && !Says(entry, served.File));
        Assert.Equal((served.Certificate.SerialNumber, true, false), await SeenAsync(gateway));
        Assert.Empty(gateway.Log.Of("gateway.reloaded"));

        // Both good: whole
        folder.WriteSecret("users", $"new:{hash}\n");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("tls.certificate");
        Assert.Equal((next.Certificate.SerialNumber, false, true), await SeenAsync(gateway));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task What_needs_a_restart_is_named_and_the_rest_holds(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        const string same = """ "Listen": ["127.0.0.1:0"], "Timeouts": { "Idle": "1h" }, "Policy": { "Allow": ["127.0.0.0/8"] } """;
        var config = folder.Write("gateway.json", $"{{ {same} }}");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config], ListensByFile = true });
        folder.Write("gateway.json", $$"""
            { "Listen": ["127.0.0.1:0"], "Timeouts": { "Idle": "2h", "Connect": "3s" }, "Forwards": ["127.0.0.1:0=db.example.com:5432"], "Policy": { "Default": "none" } }
            """);
        gateway.Signal(Signals.HangUp);
        var named = await gateway.Log.WaitAsync("gateway.restart-needed");
        Assert.Equal("Forwards, Timeouts.Connect, Timeouts.Idle", named.GetProperty("keys").GetString());
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));

        // A new listener is refused, which says so too
        folder.Write("gateway.json", """{ "Listen": ["127.0.0.1:0", "127.0.0.2:0"] }""");
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reload-refused", entry => Says(entry, "Listeners: where it listens changes only with a restart"));

        // As at the start: nothing to say
        folder.Write("gateway.json", $"{{ {same} }}");
        gateway.Signal(Signals.HangUp);
        await Deadline.UntilAsync(() => gateway.Log.Of("gateway.reloaded").Count >= 2, () => gateway.Log.Text);
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        Assert.Single(gateway.Log.Of("gateway.restart-needed"));
    }

    /// <summary>Asks for a reload, and waits for one more event of this kind.</summary>
    private static async Task<JsonElement> AskAsync(GatewayProcess gateway, string answer)
    {
        var before = gateway.Log.Of(answer).Count;
        gateway.Signal(Signals.HangUp);
        await Deadline.UntilAsync(() => gateway.Log.Of(answer).Count > before, () => gateway.Log.Text);
        return gateway.Log.Of(answer)[before];
    }

    private static bool Says(JsonElement entry, string words) => entry.GetProperty("errors").GetString()!.Contains(words, StringComparison.Ordinal);

    /// <summary>The certificate that is shown, and which of the two users may come in.</summary>
    private static async Task<(string Serial, bool Old, bool New)> SeenAsync(GatewayProcess gateway)
    {
        var (serial, old) = await LogInAsync("old");
        return (serial, old, (await LogInAsync("new")).In);

        async Task<(string Serial, bool In)> LogInAsync(string user)
        {
            await using var client = await TlsClient.ConnectAsync(gateway);
            await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
            await client.ReceiveAsync(2);
            await client.SendAsync(Socks5.Login(user, "secret"));
            return (client.Gateway.SerialNumber, (await client.ReceiveAsync(2))[1] == 0);
        }
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
