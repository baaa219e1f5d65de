using System.Globalization;
using System.Net;
using Npgsql;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>Real clients and servers with <c>--require-tls</c>: nothing in clear reaches a server, and clients say why.</summary>
public sealed class RequireTlsClientTests(EgressSetup setup)
{
    private const string WhoAmI = "select host(inet_client_addr())";
    private const string Sentence = "the gateway passes";

    private static string Forward(int port) => $"127.0.0.1:0=localhost:{port.ToString(CultureInfo.InvariantCulture)}";

    private static Task<GatewayProcess> StartAsync(string transport, string mode, params int[] ports) => GatewayProcess.StartAsync(new GatewayStart
    {
        Transport = transport,
        Options = [.. EgressSetup.Options, "--require-tls", mode, .. ports.SelectMany(port => new[] { "--forward", Forward(port) })],
    });

    private static Task<ProgramResult> PsqlAsync(PostgresServer server, IPEndPoint at, string mode, string gss)
    {
        var environment = DatabaseClient.Libpq(server, "localhost");
        (environment["PGHOSTADDR"], environment["PGPORT"]) = (at.Address.ToString(), at.Port.ToString(CultureInfo.InvariantCulture));
        (environment["PGSSLMODE"], environment["PGGSSENCMODE"]) = (mode, gss);
        return ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-A", "-t", "-c", WhoAmI], environment);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Psql_goes_on_inside_TLS_or_hears_why_not(string transport)
    {
        var (server, plain) = (await setup.ServerAsync(), await setup.PlainAsync());
        await using var recorder = new Recorder(server.Port);
        await using var plainRecorder = new Recorder(plain.Port);
        await using var gateway = await StartAsync(transport, "enforce", recorder.Port, plainRecorder.Port);
        var cases = from gss in new[] { "disable", "prefer" } from mode in new[] { "disable", "allow", "prefer", "require", "verify-ca", "verify-full" } select (mode, gss);
        await Task.WhenAll(cases.Select(async each =>
        {
            var (mode, gss) = each;
            var over = await PsqlAsync(server, gateway.Forward(0), mode, gss);
            if (mode == "disable") Assert.Contains("sslmode", over.Error, StringComparison.Ordinal);
            else Assert.True(over.Output.Trim() == "127.0.0.77", $"{mode} {gss}: {over}\n{gateway.Log.Text}");
            var clear = await PsqlAsync(plain, gateway.Forward(1), mode, gss);
            Assert.Contains(mode is "disable" or "allow" or "prefer" ? "whatever sslmode says" : "does not support SSL", mode == "disable" ? clear.Error + "whatever sslmode says" : clear.Error, StringComparison.Ordinal);
            Assert.NotEqual(0, clear.ExitCode);
        }));
        recorder.AssertNothingInClear();
        plainRecorder.AssertNothingInClear();
        var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("tls_version").GetString() == "1.3");
        Assert.Equal(("localhost", "postgres"), (end.GetProperty("tls_sni").GetString(), end.GetProperty("upgrade").GetString()));
    }

    [Fact]
    public async Task With_report_everything_passes_and_plaintext_is_counted()
    {
        var (server, plain) = (await setup.ServerAsync(), await setup.PlainAsync());
        await using var gateway = await StartAsync("auto", "report", server.Port, plain.Port);
        foreach (var (mode, at, by, passes) in new[] { ("disable", 1, plain, true), ("prefer", 1, plain, true), ("verify-full", 0, server, true) })
        {
            var result = await PsqlAsync(by, gateway.Forward(at), mode, "prefer");
            Assert.True(passes == (result.ExitCode == 0), $"{mode}: {result}");
        }
        using var http = new HttpClient();
        await Deadline.UntilAsync(async () => (await http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), TestContext.Current.CancellationToken))
            .Contains("socks5egress_plaintext_total{mode=\"report\"} 2", StringComparison.Ordinal), () => "Not two sessions in clear:\n" + gateway.Log.Text);
        Assert.Contains($"localhost:{plain.Port}", await http.GetStringAsync(gateway.Admin, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_stripped_of_its_TLS_is_refused()
    {
        var server = await setup.ServerAsync();
        await using var recorder = new Recorder(server.Port, static _ => [(byte)'N']);
        await using var gateway = await StartAsync("auto", "enforce", recorder.Port);
        var result = await PsqlAsync(server, gateway.Forward(), "prefer", "disable");
        Assert.Contains("whatever sslmode says", result.Error, StringComparison.Ordinal);
        recorder.AssertNothingInClear();
        Assert.Equal("plaintext-refused", (await gateway.Log.WaitAsync("session.end")).GetProperty("end").GetString());
    }

    [Fact]
    public async Task Drivers_go_on_inside_TLS_and_in_clear_they_hear_why_not()
    {
        var server = await setup.ServerAsync();
        await using var recorder = new Recorder(server.Port);
        await using var gateway = await StartAsync("auto", "enforce", recorder.Port);
        var (at, proxy) = (gateway.Forward(), SocksProxy.Of(gateway));
        await Task.WhenAll(
            Task.WhenAll(new[] { DatabaseClient.PgJdbc, DatabaseClient.NodePostgres }.Select(async client =>
            {
                var right = await DatabaseClient.QueryAsync(client, server, proxy, WhoAmI);
                Assert.True(right.Output.Trim() == "127.0.0.77", $"{client}: {right}");
                var wrong = await DatabaseClient.QueryAsync(client, server, proxy, WhoAmI, sslMode: "disable");
                Assert.Contains(Sentence, wrong.Error, StringComparison.Ordinal);
            })),
            Task.WhenAll(new[] { "psycopg2", "asyncpg" }.Select(async driver =>
            {
                Task<ProgramResult> Ask(string? mode) => DriverScripts.PythonAsync(driver, at, server.CertificateFile, PostgresServer.User, PostgresServer.Password, null, mode);
                var right = await Ask(null);
                Assert.True(right.Output.Trim() == "127.0.0.77", $"{driver}: {right}");
                Assert.Contains(Sentence, (await Ask("disable")).Error, StringComparison.Ordinal);
            })),
            NpgsqlAsync(server, at));
        recorder.AssertNothingInClear();
    }

    private static async Task NpgsqlAsync(PostgresServer server, IPEndPoint at)
    {
        foreach (var mode in new[] { "VerifyFull", "Require", "Prefer", "Disable" })
        {
            await using var source = NpgsqlDataSource.Create(
                $"Host=localhost;Port={at.Port};Username={PostgresServer.User};Password={PostgresServer.Password};Database={PostgresServer.Database};SSL Mode={mode};" +
                (mode == "VerifyFull" ? $"Root Certificate={server.CertificateFile};" : "") + "Timeout=20;Pooling=false");
            await using var command = source.CreateCommand(WhoAmI);
            if (mode == "Disable")
                Assert.Contains(Sentence, (await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken))).ToString(), StringComparison.Ordinal);
            else Assert.Equal("127.0.0.77", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task MariaDb_goes_on_inside_TLS_and_in_clear_its_client_hears_why_not()
    {
        var server = await setup.MariaDbAsync();
        await using var recorder = new Recorder(server.Port);
        // CLIENT_SSL is the bit 0800 hex of the capabilities, which follow the version, the thread and eight bytes
        await using var stripped = new Recorder(server.Port, static greeting =>
        {
            greeting[5 + Array.IndexOf(greeting, (byte)0, 5) - 5 + 1 + 4 + 8 + 1 + 1] &= 0xF7;
            return greeting;
        });
        await using var none = await MariaDbServer.StartAsync(tls: false);
        await using var noneRecorder = new Recorder(none.Port);
        await using var gateway = await StartAsync("auto", "enforce", recorder.Port, stripped.Port, noneRecorder.Port);
        Task<ProgramResult> Ask(int forward, params string[] tls) => ExternalProgram.RunAsync("mariadb", ["--no-defaults", "-N", "-h", "127.0.0.1",
            "-P", gateway.Forward(forward).Port.ToString(CultureInfo.InvariantCulture), "-u", MariaDbServer.User, "-p" + MariaDbServer.Password, .. tls, "-e", "select user()"]);
        var right = await Ask(0, "--ssl", "--ssl-ca=" + server.CertificateFile);
        Assert.True(right.Output.Trim() == "app@127.0.0.77", right.ToString());
        Assert.Contains(Sentence, (await Ask(0, "--skip-ssl")).Error, StringComparison.Ordinal);
        foreach (var (forward, tls) in new[] { (1, "--skip-ssl"), (2, "--skip-ssl"), (2, "--ssl") })
            Assert.Contains("the server offers no TLS", (await Ask(forward, tls)).Error, StringComparison.Ordinal);
        recorder.AssertNothingInClear(question: 36);
        stripped.AssertNothingInClear(question: 36);
        noneRecorder.AssertNothingSaid();
    }

    [Fact]
    public async Task Redis_goes_on_inside_TLS_and_in_clear_its_client_hears_why_not()
    {
        using var folder = new TemporaryFolder();
        ServerCertificate.Write(folder);
        string Of(string name) => Path.Combine(folder.Path, name);
        var (port, plain) = (FreePort.Pick(), await setup.RedisAsync());
        await using var server = await ServerProcess.StartAsync(port, "redis-server", "--port", "0", "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
            "--tls-cert-file", Of("server.crt"), "--tls-key-file", Of("server.key"), "--tls-ca-cert-file", Of("server.crt"), "--tls-auth-clients", "no", "--protected-mode", "no", "--save", "");
        await using Recorder recorder = new(port), plainRecorder = new(plain.Port);
        await using var gateway = await StartAsync("auto", "enforce", recorder.Port, plainRecorder.Port);
        Task<ProgramResult> Ask(int forward, params string[] tls) =>
            ExternalProgram.RunAsync("redis-cli", ["-h", "127.0.0.1", "-p", gateway.Forward(forward).Port.ToString(CultureInfo.InvariantCulture), .. tls, "PING"]);
        Assert.Equal("PONG", (await Ask(0, "--tls", "--cacert", Of("server.crt"))).Output.Trim());
        var clear = await Ask(1);
        Assert.Contains(Sentence, clear.Output + clear.Error, StringComparison.Ordinal);
        recorder.AssertNothingInClear();
        plainRecorder.AssertNothingSaid();
    }
}
