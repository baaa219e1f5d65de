using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Sessions that are due end in order at a quiet moment, and at no other.</summary>
public sealed class RetireTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Too_old_sessions_end_in_order_when_they_are_quiet(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "1s", "--retire-quiet", "500ms");
        using var quiet = await ConnectAsync(gateway, target.EndPoint);
        using var unused = await ConnectAsync(gateway, target.EndPoint);
        await EchoAsync(quiet);
        foreach (var client in new[] { quiet, unused })
        {
            await AssertFinAsync(client);
            Assert.Equal("retired-lifetime", await EndAsync(gateway, client));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_awaits_an_answer_and_one_that_talks_go_on(string transport)
    {
        await using var silent = RawTarget.Start(static async socket => await socket.ReceiveToEndAsync());
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "200ms", "--retire-quiet", "1s");
        using var waiting = await ConnectAsync(gateway, silent.EndPoint);
        await waiting.SendAsync("SELECT 1"u8.ToArray());
        using var talking = await ConnectAsync(gateway, echo.EndPoint);
        for (var i = 0; i < 12; i++)
        {
            await EchoAsync(talking);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
        Assert.Equal(2, await AdminPage.SessionsAsync(gateway));
        Assert.Contains("socks5egress_sessions_due{socks5egress_cause=\"lifetime\"} 2", (await AdminPage.GetAsync(gateway, "/metrics")).Body, StringComparison.Ordinal);
        await AssertFinAsync(talking);
        Assert.Equal("retired-lifetime", await EndAsync(gateway, talking));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_busy_session_ends_in_order_at_the_timeout_and_not_before(string transport)
    {
        await using var silent = RawTarget.Start(static async socket => await socket.ReceiveToEndAsync());
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "500ms", "--retire-quiet", "1s", "--retire-timeout", "1500ms");
        using var waiting = await ConnectAsync(gateway, silent.EndPoint);
        await waiting.SendAsync("SELECT 1"u8.ToArray());
        await AssertFinAsync(waiting);
        var end = await gateway.Log.SessionEndAsync(waiting.Local);
        Assert.Equal("retired-lifetime", end.GetProperty("end").GetString());
        Assert.True(end.GetProperty("duration_ms").GetDouble() >= 450 + 1500, end.ToString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Retire_ends_what_fits_of_now_and_nothing_of_later(string transport)
    {
        await using var one = RawTarget.Start(RawTarget.EchoAsync);
        await using var other = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--retire-quiet", "1s");
        using var meant = await ConnectAsync(gateway, one.EndPoint);
        using var spared = await ConnectAsync(gateway, other.EndPoint);
        await EchoAsync(meant);
        await EchoAsync(spared);

        var wanted = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["retire", "--admin", gateway.Admin.Authority, "--target", $"127.0.0.1:{one.EndPoint.Port}", "--json"]);
        Assert.True(wanted.ExitCode == 0, wanted.ToString());
        Assert.Equal(1, JsonDocument.Parse(wanted.Output).RootElement.GetProperty("due").GetInt32());
        using var later = await ConnectAsync(gateway, one.EndPoint);
        await EchoAsync(later);
        await AssertFinAsync(meant);
        Assert.Equal("retired-asked", await EndAsync(gateway, meant));

        var none = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["retire", "--admin", gateway.Admin.Authority, "--target", "nobody.example", "--json"]);
        Assert.True(none is { ExitCode: 0, Output: "{\"due\":0,\"ended\":0,\"busy\":0}\n" }, none.ToString());
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        await EchoAsync(later);
        await EchoAsync(spared);
        var now = await AdminPage.PostAsync(gateway, "/retire?all&now");
        Assert.Equal((HttpStatusCode.OK, """{"due":2,"ended":2,"busy":0}"""), now);
        await AssertFinAsync(later);
        await AssertFinAsync(spared);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task One_that_does_not_read_takes_no_turn_of_the_others(string transport)
    {
        await using var target = RawTarget.Start(ServeAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--retire-quiet", "500ms");
        // One a second of this pool may end
        using var stuck = await ConnectAsync(gateway, target.EndPoint);
        await stuck.SendAsync("flood"u8.ToArray());
        using var other = await ConnectAsync(gateway, target.EndPoint);
        await EchoAsync(other);
        await AdminPage.PostAsync(gateway, "/retire?all");
        await AssertFinAsync(other);
        // The client hears FIN a moment before the session is taken off the table
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 1, () => "the other one is still there, or both have gone");

        // What fills the buffers on the way, once; then nothing more comes, and the client has not read it
        static async Task ServeAsync(RawConnection socket)
        {
            var word = await socket.ReceiveAsync(5);
            if (word[0] != 'f') await socket.SendAsync(word);
            else await socket.SendAsync(new byte[64 << 20], TimeSpan.FromMinutes(1));
            await socket.ReceiveToEndAsync(TimeSpan.FromMinutes(1));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_answer_of_PostgreSQL_that_pauses_is_no_quiet_moment(string transport)
    {
        await using var target = RawTarget.Start();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "200ms", "--retire-quiet", "300ms");
        using var client = await ConnectAsync(gateway, target.EndPoint);
        using var server = await target.AcceptAsync();
        await client.SendAsync((byte[])[0, 0, 0, 17, 0, 3, 0, 0, .. "user\0a\0\0\0"u8]);
        await server.ReceiveAsync(17);
        await server.SendAsync("N\0\0\0\u0005\0"u8.ToArray());
        await client.ReceiveAsync(6);
        // Another session, of another pool, has the same quiet time and ends: this one has been looked at, too
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        using var other = await ConnectAsync(gateway, echo.EndPoint);
        await EchoAsync(other);
        await AssertFinAsync(other);
        Assert.DoesNotContain(gateway.Log.Of("session.end"), entry => entry.GetProperty("client").GetString() == client.Local.ToString());
        await server.SendAsync("Z\0\0\0\u0005I"u8.ToArray());
        await client.ReceiveAsync(6);
        await AssertFinAsync(client);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_stream_without_a_pause_is_never_ended_in_order(string transport)
    {
        await using var target = RawTarget.Start();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "200ms", "--retire-timeout", "200ms");
        using var client = await ConnectAsync(gateway, target.EndPoint);
        using var server = await target.AcceptAsync();
        var receiving = server.ReceiveToEndAsync(TimeSpan.FromMinutes(1));
        // An upload in small pieces: whatever its target gets in the end, it is not told that this is all
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(1));
        try
        {
            while (!receiving.IsCompleted)
            {
                await client.SendAsync(new byte[1000]);
                await Task.Delay(5, deadline.Token);
            }
        }
        catch (SocketException)
        {
            // The reset
        }
        Assert.Equal(Ending.Reset, (await receiving).Ending);
        Assert.Equal("retired-lifetime", await EndAsync(gateway, client));
    }

    [Fact]
    public async Task A_wish_that_is_wrong_is_named_and_ends_nothing()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        Assert.Equal((HttpStatusCode.BadRequest, """{"error":"name user or target, or say all"}"""), await AdminPage.PostAsync(gateway, "/retire"));
        Assert.Contains("over:", (await AdminPage.PostAsync(gateway, "/retire?all&over=5")).Body, StringComparison.Ordinal);
        Assert.Contains("is unknown", (await AdminPage.PostAsync(gateway, "/retire?al=1")).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await AdminPage.GetAsync(gateway, "/retire?all")).Status);
        Assert.StartsWith("socks5egress: name --target or --user, or say --all", (await Socks5Egress.SystemTests.Cli.Cli.RefusedAsync(["retire"]))[0], StringComparison.Ordinal);
        Assert.StartsWith("socks5egress: --over: '5' has no unit", (await Socks5Egress.SystemTests.Cli.Cli.RefusedAsync(["retire", "--all", "--over", "5"]))[0], StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_pool_loses_a_tenth_a_second(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport);
        var clients = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ConnectAsync(gateway, target.EndPoint)));
        var result = JsonDocument.Parse((await AdminPage.PostAsync(gateway, "/retire?all&now")).Body).RootElement;
        Assert.Equal(30, result.GetProperty("due").GetInt32());
        // Three a second: within the 1.25 s of the answer not more than five
        Assert.InRange(result.GetProperty("ended").GetInt32(), 1, 12);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Sessions_whose_address_has_left_DNS_end_and_others_go_on()
    {
        await using var old = RawTarget.Start(RawTarget.EchoAsync, IPAddress.Parse("127.0.0.2"));
        await using var kept = RawTarget.Start(RawTarget.EchoAsync, IPAddress.Parse("127.0.0.3"));
        using var names = new NameServer(old.EndPoint.Address);
        await using var gateway = await GatewayProcess.StartAsync(
            "auto", "--resolver", names.EndPoint.ToString(), "--allow", "*.example", "--allow", "127.0.0.0/8", "--follow-dns", "--retire-quiet", "500ms");
        using var moved = await ConnectAsync(gateway, "db.example", old.EndPoint.Port);
        await EchoAsync(moved);
        // An address that the client writes as a name is one, too, and follows nothing
        using var literal = await ConnectAsync(gateway, old.EndPoint);
        using var written = await ConnectAsync(gateway, old.EndPoint.Address.ToString(), old.EndPoint.Port);
        foreach (var client in new[] { literal, written }) await EchoAsync(client);

        // Answers that flap, fail and come back move nobody: never three in a row without the address
        var from = names.Asked;
        names.Script = number => ((number - from) % 5) switch { 0 or 1 => kept.EndPoint.Address, 2 => null, _ => old.EndPoint.Address };
        await Deadline.UntilAsync(() => Task.FromResult(names.Asked - from >= 6), () => gateway.Log.Text);
        await EchoAsync(moved);
        names.Script = _ => kept.EndPoint.Address;
        using var later = await ConnectAsync(gateway, "db.example", kept.EndPoint.Port);
        await EchoAsync(later);
        await AssertFinAsync(moved);
        Assert.Equal("retired-moved", await EndAsync(gateway, moved));
        foreach (var client in new[] { later, literal, written }) await EchoAsync(client);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_changed_password_lets_sessions_end_when_the_file_says_so(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        var users = folder.WriteSecret("users", StoredUser("soft", "one") + StoredUser("hard", "one"));
        var file = folder.Write("config.json", $$"""
            { "UsersFile": "{{users}}", "RetireOnPasswordChange": true, "Timeouts": { "RetireQuiet": "1s" },
              "Accounts": { "hard": { "RetireOnPasswordChange": false } } }
            """);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", file);
        using var soft = await LoginAsync(gateway, "soft", "one", echo.EndPoint);
        using var hard = await LoginAsync(gateway, "hard", "one", echo.EndPoint);
        using var warm = await RawConnection.ConnectAsync(gateway.EndPoint);
        await warm.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("soft", "one")]);
        await warm.ReceiveAsync(4);
        await EchoAsync(soft);

        folder.WriteSecret("users", StoredUser("soft", "two") + StoredUser("hard", "two"));
        await AdminPage.PostAsync(gateway, "/reload");
        Assert.Equal("now-forbidden", await EndAsync(gateway, hard));
        Assert.Equal("now-forbidden", await EndAsync(gateway, warm));
        await AssertFinAsync(soft);
        Assert.Equal("retired-asked", await EndAsync(gateway, soft));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reload_judges_open_sessions_by_the_new_lifetime(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        var text = $$"""{ "Timeouts": { "RetireQuiet": "300ms" }, "Routes": [{ "Target": "127.0.0.0/8", "Lifetime": "LIFE", "Jitter": 0 }] }""";
        var file = folder.Write("config.json", text.Replace("LIFE", "1h", StringComparison.Ordinal));
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", file);
        using var client = await ConnectAsync(gateway, echo.EndPoint);
        await EchoAsync(client);
        folder.Write("config.json", text.Replace("LIFE", "1s", StringComparison.Ordinal));
        var answer = (await AdminPage.PostAsync(gateway, "/reload")).Body;
        Assert.Contains("\"restart_needed\":[]", answer, StringComparison.Ordinal);
        await AssertFinAsync(client);
        Assert.Equal("retired-lifetime", await EndAsync(gateway, client));
    }

    private static string StoredUser(string name, string password) => $"{name}:sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(password)))}\n";

    private static async Task<RawConnection> LoginAsync(GatewayProcess gateway, string user, string password, IPEndPoint target)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password), .. Socks5.Connect(target)]);
        Assert.Equal([5, Socks5.UserPassword, 1, 0], await client.ReceiveAsync(4));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        return client;
    }

    private static Task<RawConnection> ConnectAsync(GatewayProcess gateway, string name, int port) => AskAsync(gateway, Socks5.Connect(name, port));

    private static async Task<string?> EndAsync(GatewayProcess gateway, RawConnection client) =>
        (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString();

    private static async Task AssertFinAsync(RawConnection client) => Assert.Equal(Ending.Fin, (await client.ReceiveToEndAsync()).Ending);

    private static async Task EchoAsync(RawConnection client)
    {
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
    }

    private static Task<RawConnection> ConnectAsync(GatewayProcess gateway, IPEndPoint target) => AskAsync(gateway, Socks5.Connect(target));

    private static async Task<RawConnection> AskAsync(GatewayProcess gateway, byte[] request)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. request]);
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        return client;
    }
}
