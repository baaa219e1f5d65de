using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>The status page as text and in a real Chromium. Screenshots go to artifacts/.</summary>
public sealed class StatusPageTests : IDisposable
{
    private const string Hostile = "<img src=x onerror=alert(1)>";
    private const string Password = "correct horse";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Its_first_HTML_holds_the_sessions_and_escapes_what_clients_chose()
    {
        await using var gateway = await StartAsync();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await OpenAsync(gateway, Socks5.Connect(target.EndPoint));
        var (_, html) = await AdminPage.GetAsync(gateway, "/");
        Assert.Contains(target.EndPoint.ToString(), html, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain(Hostile, html, StringComparison.Ordinal);
        var (_, filtered) = await AdminPage.GetAsync(gateway, "/?q=nobody-has-this&sort=target");
        // It filters the sessions; the totals by target stay
        Assert.DoesNotContain(target.EndPoint.ToString(), filtered[filtered.IndexOf("id=\"sessions\"", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chromium_shows_a_session_and_a_refusal_that_come_while_it_is_open()
    {
        await using var gateway = await StartAsync();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var browser = Browser.Open(gateway, "artifacts");
        await browser.LoadedAsync();
        using var client = await OpenAsync(gateway, Socks5.Connect(target.EndPoint));
        (await OpenAsync(gateway, Socks5.Connect("10.0.0.1", 80))).Dispose();
        using var found = await browser.LookAsync();
        var seen = found.RootElement;
        Assert.Empty(seen.GetProperty("faults").EnumerateArray());
        Assert.Contains(target.EndPoint.ToString(), seen.GetProperty("sessions").GetString(), StringComparison.Ordinal);
        Assert.Contains(Hostile, seen.GetProperty("sessions").GetString(), StringComparison.Ordinal);
        Assert.Contains("default:private", seen.GetProperty("refusals").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, seen.GetProperty("injected").GetInt32());
        Assert.All(["light", "dark", "phone"], look => Assert.True(seen.GetProperty(look).GetBoolean(), look + " scrolls sideways"));
    }

    /// <summary>The picture in the README; with SOCKS5EGRESS_WRITE_DOCS=1 it is taken anew, after minutes of traffic.</summary>
    [Fact]
    public async Task Chromium_takes_a_picture_of_a_gateway_that_is_busy()
    {
        var writes = Environment.GetEnvironmentVariable("SOCKS5EGRESS_WRITE_DOCS") == "1";
        await using var office = await BusyGateway.StartAsync(_folder);
        await using var browser = Browser.Open(office.Gateway, "artifacts", "busy");
        await browser.LoadedAsync();
        await office.ServeAsync(TimeSpan.FromSeconds(writes ? 200 : 3));
        using var found = await browser.LookAsync();
        var seen = found.RootElement;
        Assert.Empty(seen.GetProperty("faults").EnumerateArray());
        Assert.All(BusyGateway.Users, user => Assert.Contains(user, seen.GetProperty("sessions").GetString(), StringComparison.Ordinal));
        Assert.Contains("db.example.com", seen.GetProperty("sessions").GetString(), StringComparison.Ordinal);
        Assert.Contains("deny:", seen.GetProperty("refusals").GetString(), StringComparison.Ordinal);
        Assert.All(["light", "dark", "phone"], look => Assert.True(seen.GetProperty(look).GetBoolean(), look + " scrolls sideways"));
        if (writes) File.Copy(browser.Picture("light"), RepositoryRoot.Of("docs", "status-page.png"), overwrite: true);
    }

    [Fact]
    public async Task Forwards_and_limits_are_on_the_page_and_among_the_metrics()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var nobody = FreePort.Reserve();
        var dead = nobody.LocalEndPoint!.ToString()!;
        await using var gateway = await ForwardGateway.StartWithFileAsync("auto", _folder,
            new { Listen = "127.0.0.1:0", Targets = new[] { target.EndPoint.ToString(), dead }, Check = "tcp", Interval = "1s", Fall = 1 },
            "--max-user-sessions", "7", "--max-source-sessions", "8", "--max-rate", "900", "--users", await StoredUsers.WriteAsync(_folder, ("app", Password)));
        using var session = await RawConnection.ConnectAsync(gateway.Forward());
        var listener = gateway.Forward();
        await gateway.Log.WaitAsync("forward.target-down", ForwardGateway.About(System.Net.IPEndPoint.Parse(dead)));
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 1, () => "No session. " + gateway.Log.Text);

        var (_, html) = await AdminPage.GetAsync(gateway, "/");
        Assert.Matches($"""(?s)<td>{listener}</td><td class="target">{target.EndPoint}</td><td class="good">up</td>\s*<td class="number">1</td>""", html);
        Assert.Matches($"""(?s)<td class="target">{dead}</td><td class="bad">down</td>\s*<td class="number">0</td><td>target-refused</td>""", html);
        Assert.Contains("At most 7 sessions a user, 8 a client address, 900 new ones a second.", html, StringComparison.Ordinal);
        Assert.Contains("""<tr data-key="app"><td>app</td><td class="number">0 of 7</td>""", html, StringComparison.Ordinal);

        var (_, metrics) = await AdminPage.GetAsync(gateway, "/metrics");
        foreach (var (port, up, sessions) in ((int, int, int)[])[(target.EndPoint.Port, 1, 1), (((System.Net.IPEndPoint)nobody.LocalEndPoint!).Port, 0, 0)])
        {
            var labels = $$"""{server_address="127.0.0.1",server_port="{{port}}",socks5egress_listener="{{listener}}"}""";
            Assert.Contains($"socks5egress_forward_target_up{labels} {up}\n", metrics, StringComparison.Ordinal);
            Assert.Contains($"socks5egress_forward_target_sessions{labels} {sessions}\n", metrics, StringComparison.Ordinal);
        }
        Assert.Contains("\nsocks5egress_user_sessions_limit{} 7\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsocks5egress_source_sessions_limit{} 8\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsocks5egress_sessions_rate_limit{} 900\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsocks5egress_handshakes_limit{} 2000\n", metrics, StringComparison.Ordinal);
    }

    private static async Task<RawConnection> OpenAsync(GatewayProcess gateway, byte[] request)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        await client.ReceiveAsync(2);
        await client.SendAsync(Socks5.Login(Hostile, Password));
        Assert.Equal([1, 0], await client.ReceiveAsync(2));
        await client.SendAsync(request);
        await Socks5.ReadReplyAsync(client);
        return client;
    }

    private async Task<GatewayProcess> StartAsync() =>
        await GatewayProcess.StartAsync("sockets", "--users", await StoredUsers.WriteAsync(_folder, (Hostile, Password)));
}
