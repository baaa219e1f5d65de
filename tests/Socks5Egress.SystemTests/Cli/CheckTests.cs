using System.Globalization;
using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary><c>check TARGET</c>: the way, step by step, and the sentence for each thing that goes wrong on it.</summary>
public sealed class CheckTests(EgressSetup setup)
{
    private const string Egress = "127.0.0.77";

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task PostgreSQL_is_greeted_both_ways_and_says_which_address_it_sees(string transport)
    {
        var (code, ways) = await CheckAsync($"postgres://{PostgresServer.User}@localhost:{await PortAsync()}/postgres", SocksProxy.Of(await setup.GatewayAsync(transport)),
            ("PGPASSWORD", PostgresServer.Password));

        Assert.Equal(0, code);
        Assert.Equal(["gateway", "login", "connect", "hello", "tls", "session", "egress"], Names(ways[0]));
        Assert.Equal(Egress, ways[0].GetProperty("egress").GetString());
        Assert.All(ways[0].GetProperty("steps").EnumerateArray(), step => Assert.True(step.GetProperty("milliseconds").GetDouble() >= 0));

        // Directly the allow-list is in the way: that is no fault, and it is said
        Assert.Equal(["name", "connect", "hello", "tls", "session"], Names(ways[1]));
        Assert.Equal("127.0.0.1", ways[1].GetProperty("egress").GetString());
        Assert.Contains("allow-list (pg_hba.conf) does not admit this way in", Fault(ways[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MariaDB_Redis_and_HTTP_are_greeted()
    {
        var gateway = SocksProxy.Of(await setup.GatewayAsync("auto"));
        var (code, maria) = await CheckAsync($"mysql://localhost:{(await setup.MariaDbAsync()).Port}", gateway, ("SSL_CERT_FILE", (await setup.MariaDbAsync()).CertificateFile));
        Assert.Equal(0, code);
        Assert.Equal(["gateway", "login", "connect", "hello", "tls"], Names(maria[0]));
        Assert.Contains("does not admit this way in", Fault(maria[1]), StringComparison.Ordinal);

        (code, var redis) = await CheckAsync($"redis://localhost:{(await setup.RedisAsync()).Port}", gateway);
        Assert.Equal((0, Egress), (code, redis[0].GetProperty("egress").GetString()));

        await using var site = await Socks5Egress.SystemTests.Identity.EchoServer.StartAsync(IPAddress.Loopback);
        (code, var http) = await CheckAsync(site.Url, gateway);
        Assert.Equal(0, code);
        Assert.Contains("HTTP/1.1 200", http[0].GetProperty("steps").EnumerateArray().Last().GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_reads_both_ways_side_by_side()
    {
        var result = await RunAsync([$"postgres://localhost:{await PortAsync()}", "--via", SocksProxy.Of(await setup.GatewayAsync("auto")).Url], ("SSL_CERT_FILE", (await setup.ServerAsync()).CertificateFile));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("directly", result.Output.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains(": reachable; login not tested (name the user", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  tls +TLS 1\.3, certificate until \d{4}-\d\d-\d\d  [\d.]+ ms +TLS 1\.3", result.Output);
    }

    /// <summary>As a program is configured: the password is used for the login and is in no output.</summary>
    [Fact]
    public async Task The_URL_of_the_program_is_checked_with_its_password_and_without_showing_it()
    {
        var proxy = SocksProxy.Of(await setup.GatewayAsync("auto"));
        var url = $"postgres://{PostgresServer.User}:{PostgresServer.Password}@localhost:{await PortAsync()}/postgres?sslmode=verify-full";
        var (code, ways) = await CheckAsync("env:DATABASE_URL", proxy, ("DATABASE_URL", url));
        Assert.Equal((0, Egress), (code, ways[0].GetProperty("egress").GetString()));

        var certificate = ("SSL_CERT_FILE", (await setup.ServerAsync()).CertificateFile);
        var given = await RunAsync([url, "--via", proxy.Url], certificate);
        Assert.Equal(0, given.ExitCode);
        Assert.Contains("works; the connection comes from " + Egress, given.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, given.Output + given.Error, StringComparison.Ordinal);

        var without = await RunAsync([$"postgres://{PostgresServer.User}@localhost:{await PortAsync()}/postgres", "--via", proxy.Url], certificate);
        Assert.Contains("reachable; login not tested (set PGPASSWORD", without.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MongoDB_and_SQL_Server_are_greeted_in_their_own_words()
    {
        var proxy = SocksProxy.Of(await setup.GatewayAsync("auto"));
        await using var mongo = MongoStandIn.Start();
        var (code, ways) = await CheckAsync($"mongodb://app:secret@{mongo.EndPoint}/shop", proxy);
        Assert.Equal((0, "MongoDB answers hello"), (code, ways[0].GetProperty("steps").EnumerateArray().Last().GetProperty("text").GetString()));

        // PRELOGIN: eight bytes of header, the answer points at one byte that says "required"
        await using var sql = RawTarget.Start(async peer =>
        {
            var head = await peer.ReceiveAsync(8);
            Assert.Equal(0x12, head[0]);
            await peer.ReceiveAsync(head[3] - 8);
            await peer.SendAsync((byte[])[4, 1, 0, 15, 0, 0, 0, 0, 1, 0, 6, 0, 1, 0xff, 3]);
        });
        (code, ways) = await CheckAsync($"sqlserver://{sql.EndPoint}", proxy);
        Assert.Equal((0, "SQL Server, TLS required"), (code, ways[0].GetProperty("steps").EnumerateArray().Last().GetProperty("text").GetString()));
        Assert.Equal("only PostgreSQL's is", ways[0].GetProperty("login_untested").GetString());

        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        (code, ways) = await CheckAsync($"sqlserver://{echo.EndPoint}", proxy);
        Assert.Equal(1, code);
        Assert.Contains("is no SQL Server", Fault(ways[0]), StringComparison.Ordinal);
    }

    /// <summary>Six things that go wrong, six sentences, in <c>check</c>, in <c>forward</c> and in the gateway's log.</summary>
    [Fact]
    public async Task Each_thing_that_goes_wrong_has_a_sentence_of_its_own()
    {
        using var folder = new TemporaryFolder();
        using var nobody = FreePort.Reserve();
        using var dead = new DeadGateway();
        var postgres = await setup.ServerAsync();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = ["--bind", Egress, "--allow", "127.0.0.0/8", "--deny", "127.0.0.9", "--users", await StoredUsers.WriteAsync(folder, ("app", "right"))],
            Through = HostsFile.Through(folder, "127.0.0.1 localhost db.example.test"),
        });
        await using var unlisted = await GatewayProcess.StartAsync(new GatewayStart { Transport = "auto", Options = ["--bind", "127.0.0.78", "--allow", "127.0.0.0/8"] });
        var right = new SocksProxy(gateway.EndPoint, "app", "right");

        var seen = new List<string>();
        await SaysAsync("wrong password", "localhost:5432", new(gateway.EndPoint, "app", "wrong"), "rejected user 'app' or its password", gateway, "bad-credentials", "user name or password");
        await SaysAsync("refused rule", "127.0.0.9:5432", right, "does not allow 127.0.0.9:5432", gateway, "policy-denied", "rule of the policy refused");
        await SaysAsync("dead target", nobody.LocalEndPoint!.ToString()!, right, "refused the connection from the gateway", gateway, "target-refused", "Nothing listens");
        await SaysAsync("dead gateway", "localhost:5432", dead.Proxy, $"The gateway {dead.Proxy.EndPoint} refuses connections", null, "", "");
        await SaysAsync("wrong name", $"postgres://db.example.test:{postgres.Port}", right, "The certificate is for localhost, db.example.com, 127.0.0.1, not for db.example.test", gateway, "client-", "certificate");
        await SaysAsync("closed allow-list", $"postgres://localhost:{postgres.Port}", SocksProxy.Of(unlisted), "allow-list (pg_hba.conf) does not admit this way in", unlisted, null, "pg_hba.conf");
        Assert.Equal(6, seen.Distinct().Count());

        async Task SaysAsync(string cause, string target, SocksProxy proxy, string inCheck, GatewayProcess? log, string? end, string inLog)
        {
            var (code, ways) = await CheckAsync(target, proxy, ("SSL_CERT_FILE", postgres.CertificateFile));
            Assert.Equal(1, code);
            Assert.True(Fault(ways[0]).Contains(inCheck, StringComparison.Ordinal), $"{cause}: {Fault(ways[0])}");
            seen.Add(inCheck);
            if (log is null) return;
            var entry = await log.Log.WaitAsync("session.end", entry => entry.GetProperty("hint").GetString()?.Contains(inLog, StringComparison.Ordinal) == true);
            // Whoever closes over a certificate closes with a reset when the server's next message is there already, with a FIN otherwise
            if (end is not null) Assert.StartsWith(end, entry.GetProperty("end").GetString(), StringComparison.Ordinal);
        }
    }

    /// <summary>The same six as a client of <c>forward</c> meets them; psql is the one who does not accept the certificate.</summary>
    [Theory]
    [InlineData("wrong password", "rejected user 'app' or its password")]
    [InlineData("refused rule", "does not allow 127.0.0.9:")]
    [InlineData("dead target", "refused the connection from the gateway")]
    [InlineData("dead gateway", "refuses connections: check that it runs")]
    [InlineData("closed allow-list", "pg_hba.conf does not admit")]
    [InlineData("wrong certificate name", "certificate")]
    public async Task Forward_says_what_is_wrong_in_one_line(string cause, string words)
    {
        using var folder = new TemporaryFolder();
        using var nobody = FreePort.Reserve();
        using var dead = new DeadGateway();
        var postgres = await setup.ServerAsync();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = ["--bind", "127.0.0.78", "--allow", "127.0.0.0/8", "--deny", "127.0.0.9", "--users", await StoredUsers.WriteAsync(folder, ("app", "right"))],
        });
        var right = new SocksProxy(gateway.EndPoint, "app", "right");
        var (target, proxy) = cause switch
        {
            "wrong password" => ($"localhost:{postgres.Port}", right with { Password = "wrong" }),
            "refused rule" => ($"127.0.0.9:{postgres.Port}", right),
            "dead target" => (nobody.LocalEndPoint!.ToString()!, right),
            "dead gateway" => ($"localhost:{postgres.Port}", dead.Proxy),
            _ => ($"localhost:{postgres.Port}", right),
        };
        await using var forward = await ForwardProcess.StartAsync(target, proxy.Url, "--retry", "0");
        var environment = DatabaseClient.Libpq(postgres, "localhost");
        (environment["PGHOSTADDR"], environment["PGPORT"]) = ("127.0.0.1", forward.Port.ToString(CultureInfo.InvariantCulture));
        if (cause == "wrong certificate name") environment["PGHOST"] = "db.example.test";
        Assert.NotEqual(0, (await ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-c", "select 1"], environment)).ExitCode);

        // The last connection may still be closing when the signal comes, and that is said as well; so is a password among the arguments, at the start
        var lines = (await forward.StopAsync()).Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var line = Assert.Single(
            lines, line => !line.Contains(": stopping;", StringComparison.Ordinal) && !line.StartsWith("warning: --via:", StringComparison.Ordinal));
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.StartsWith(target, line, StringComparison.Ordinal);
    }

    /// <summary>A name whose first address swallows connects, as a machine does that is being replaced.</summary>
    [Fact]
    public async Task A_dead_first_address_of_a_name_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync, IPAddress.Parse("127.0.0.2"));
        await using var gateway = await GatewayProcess.StartAsync("auto", "--listen", "127.0.0.2:0");
        using var deadGateway = await BlackHole.OpenAsync(gateway.EndPoint.Port);
        using var deadTarget = await BlackHole.OpenAsync(target.EndPoint.Port);
        string[] check = [.. HostsFile.Through(folder, "127.0.0.1 both.test", "127.0.0.2 both.test"), GatewayProcess.Executable, "check"];

        var through = await ExternalProgram.RunAsync(check[0], [.. check[1..], target.EndPoint.ToString(), "--via", $"socks5://both.test:{gateway.EndPoint.Port}"]);
        Assert.True(through.ExitCode == 0 && through.Output.Contains("reached at 127.0.0.2", StringComparison.Ordinal), through.ToString());
        var direct = await ExternalProgram.RunAsync(check[0], [.. check[1..], $"both.test:{target.EndPoint.Port}"]);
        Assert.True(direct.ExitCode == 0 && direct.Output.Contains("127.0.0.1, 127.0.0.2", StringComparison.Ordinal), direct.ToString());
    }

    [Theory]
    [InlineData("db:5432/x")]
    [InlineData("gopher://db:70")]
    [InlineData("postgres://app:secret@/shop")]
    [InlineData("app:secret@db")]
    public async Task What_is_no_target_is_refused(string target)
    {
        var lines = await Cli.RefusedAsync(["check", target]);
        Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    private async Task<int> PortAsync() => (await setup.ServerAsync()).Port;

    private async Task<(int Code, JsonElement[] Ways)> CheckAsync(string target, SocksProxy proxy, params (string Key, string Value)[] environment)
    {
        if (environment.All(pair => pair.Key != "SSL_CERT_FILE")) environment = [.. environment, ("SSL_CERT_FILE", (await setup.ServerAsync()).CertificateFile)];
        var result = await RunAsync([target, "--via", proxy.Url, "--json"], environment);
        Assert.True(result.Output.StartsWith('['), result.ToString());
        using var document = JsonDocument.Parse(result.Output);
        return (result.ExitCode, [.. document.RootElement[0].GetProperty("ways").EnumerateArray().Select(way => way.Clone())]);
    }

    private static Task<ProgramResult> RunAsync(string[] words, params (string Key, string Value)[] environment) => Cli.RunAsync(["check", .. words], null, environment);

    private static IEnumerable<string?> Names(JsonElement way) => way.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString());

    private static string Fault(JsonElement way) => way.GetProperty("fault").GetString() ?? "";
}
