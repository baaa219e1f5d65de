using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Login;

/// <summary>The keys of an issuer: fetched, rotated, away, from a file; and what a reload and the end of a token do to sessions.</summary>
public sealed class KeyTests
{
    // Ten seconds each by their nature, and nothing of the transport's: one of them is enough
    [Theory, InlineData("epoll")]
    public async Task A_new_key_is_fetched_when_a_token_names_it_and_the_login_waits(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--oidc", issuer.Option);
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        issuer.Rotate();
        // Known keys go on meanwhile
        var waiting = Enumerable.Range(0, 20).Select(_ => StatusAsync(gateway, target, issuer.Token())).ToList();
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Curve.Token(issuer.Claims())));
        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(200, status));
        Assert.Equal(2, issuer.Fetches.Count);
    }

    [Theory, InlineData("sockets")]
    public async Task Ten_thousand_unknown_keys_are_one_fetch_in_10_seconds_and_delay_no_other_login(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--oidc", issuer.Option);
        var (claims, next, wrong) = (IssuerKey.Part(issuer.Claims()), 0, 0);
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        var began = issuer.Fetches.First();
        var unknown = Enumerable.Range(0, 200).Select(async _ =>
        {
            // The signature is not looked at
            while (Interlocked.Increment(ref next) is var number and <= 10_000)
                if (await StatusAsync(gateway, target, IssuerKey.Part($$"""{"alg":"RS256","kid":"none-{{number}}"}""") + "." + claims + "." + new string('A', 342)) == 407) Interlocked.Increment(ref wrong);
        }).ToList();
        // Those that wait for keys keep nobody from coming in whose key is known
        while (Volatile.Read(ref next) <= 10_000) Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        await Task.WhenAll(unknown);
        Assert.Equal(10_000, wrong);
        var fetches = issuer.Fetches.ToArray();
        Assert.InRange(fetches.Length, 2, 1 + (int)((DateTimeOffset.UtcNow - began) / TimeSpan.FromSeconds(9.9)));
        Assert.All(fetches.Zip(fetches.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(9.9), TimeSpan.MaxValue));
    }

    [Theory, InlineData("epoll")]
    public async Task Keys_are_rotated_under_load_without_a_failed_login(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        // 500 a second that wait for 10 s are 5,000 pending handshakes
        await using var gateway = await GatewayProcess.StartAsync(transport, "--oidc", issuer.Option, "--max-pending", "8000");
        var (rotations, rate) = (LongRun.Or(20, 1), LongRun.Or(500, 50));
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        var logins = new List<Task<int>>();
        using var second = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var rotated = 0; rotated < rotations || watch.Elapsed.TotalSeconds < 3 + (rotations * 3);)
        {
            if (rotated < rotations && watch.Elapsed.TotalSeconds > 2 + (rotated * 3))
            {
                issuer.RotateBeside();
                rotated++;
            }
            while (logins.Count < rate * watch.Elapsed.TotalSeconds) logins.Add(StatusAsync(gateway, target, issuer.Token()));
            await second.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        TestContext.Current.SendDiagnosticMessage($"{logins.Count} logins in {watch.Elapsed.TotalSeconds:0} s, {rotations} rotations, {issuer.Fetches.Count} fetches");
        Assert.All(await Task.WhenAll(logins), status => Assert.Equal(200, status));
        var fetches = issuer.Fetches.ToArray();
        Assert.All(fetches.Zip(fetches.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(9.9), TimeSpan.MaxValue));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Known_keys_hold_while_the_issuer_is_away_and_what_it_says_wrongly_changes_nothing(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var foreign = new TestIssuer { Discovery = """{"issuer":"https://elsewhere.example","jwks_uri":"https://elsewhere.example/keys"}""" };
        await using var moved = new TestIssuer { Redirects = true };
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--oidc", issuer.Option, "--oidc", foreign.Option, "--oidc", moved.Option);
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        issuer.IsAway = true;
        // This one asks for a fetch, which fails: the logins beside it and those that follow do not notice
        var unknown = StatusAsync(gateway, target, issuer.Rsa.Token("""{"alg":"RS256","kid":"none"}""", issuer.Claims()));
        var (logins, count) = (0, LongRun.Or(500 * 60, 500));
        while (logins < count || issuer.Refused == 0)
        {
            var round = Enumerable.Range(0, 25).Select(i => StatusAsync(gateway, target, (i % 3) switch { 0 => issuer.Token(), 1 => issuer.Curve.Token(issuer.Claims()), _ => issuer.Edwards.Token(issuer.Claims()) }));
            Assert.All(await Task.WhenAll(round), status => Assert.Equal(200, status));
            logins += 25;
        }
        Assert.Equal(407, await unknown);
        Assert.Equal(200, await StatusAsync(gateway, target, issuer.Token()));
        await gateway.Log.WaitAsync("oidc.keys", entry => entry.GetProperty("issuer").GetString() == foreign.Url && entry.GetProperty("fault").GetString()!.Contains("another issuer", StringComparison.Ordinal));
        await gateway.Log.WaitAsync("oidc.keys", entry => entry.GetProperty("issuer").GetString() == moved.Url && entry.GetProperty("fault").GetString()!.Contains("302", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reload_judges_accounts_and_keys_again_and_a_token_s_end_is_its_sessions(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var folder = new TemporaryFolder();
        var connections = new List<RawConnection>();
        var keys = folder.Write("keys.json", issuer.KeySet);
        var option = $"issuer={issuer.Url};audience=gw;user=app;jwks={keys}";
        folder.Write("gw.json", Accounts("acme:*", ""));
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", Path.Combine(folder.Path, "gw.json"), "--oidc", option, "--login-key", folder.WriteSecret("key", new string('k', 40)));
        var (kept, _) = await OpenAsync(issuer.Token());
        var (gone, _) = await OpenAsync(issuer.Token(("sub", "acme:web:2")));
        Assert.StartsWith("HTTP/1.1 407 ", (await OpenAsync(issuer.Token(("sub", "other:web:2")))).Head, StringComparison.Ordinal);

        folder.Write("gw.json", Accounts("acme:billing:*", """, "EndWithToken": true"""));
        gateway.Signal(Signals.HangUp);
        var end = await gateway.Log.SessionEndAsync(gone);
        Assert.Equal(("now-forbidden", "account:token"), (end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));
        await kept.SendAsync("still"u8.ToArray());
        Assert.Equal("still"u8.ToArray(), await kept.ReceiveAsync(5));

        var (brief, head) = await OpenAsync(issuer.Token(("exp", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2)));
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        end = await gateway.Log.SessionEndAsync(brief);
        Assert.Equal(("now-forbidden", "account:token-over"), (end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));

        // A key that is published no more lets nobody in, though the token was good a moment ago
        var token = issuer.Token();
        Assert.StartsWith("HTTP/1.1 200 ", (await OpenAsync(token)).Head, StringComparison.Ordinal);
        issuer.Publish(issuer.Curve);
        folder.Write("keys.json", issuer.KeySet);
        var loaded = gateway.Log.Of("gateway.reloaded").Count;
        gateway.Signal(Signals.HangUp);
        await Deadline.UntilAsync(() => gateway.Log.Of("gateway.reloaded").Count > loaded, () => gateway.Log.Text);
        Assert.StartsWith("HTTP/1.1 407 ", (await OpenAsync(token)).Head, StringComparison.Ordinal);
        foreach (var connection in connections) connection.Dispose();

        static string Accounts(string sub, string more) => $$"""{ "Accounts": { "billing": { "Oidc": { "sub": "{{sub}}" }{{more}} } } }""";

        // Held to the end: a socket that is forgotten resets its connection
        async Task<(RawConnection Connection, string Head)> OpenAsync(string bearer)
        {
            var opened = await HttpSide.ConnectAsync(gateway.EndPoint, target.EndPoint, "Bearer " + bearer);
            connections.Add(opened.Connection);
            return opened;
        }
    }

    private static async Task<int> StatusAsync(GatewayProcess gateway, RawTarget target, string token)
    {
        var (connection, head) = await HttpSide.ConnectAsync(gateway.EndPoint, target.EndPoint, "Bearer " + token);
        connection.Dispose();
        return int.Parse(head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }
}
