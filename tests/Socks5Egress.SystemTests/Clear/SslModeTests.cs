using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>Every <c>sslmode</c> of three drivers with <c>--require-tls enforce</c>, against a server with TLS and one without. psql's are in <see cref="RequireTlsClientTests"/>.</summary>
public sealed class SslModeTests(EgressSetup setup)
{
    private static readonly string[] Modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    private static readonly Dictionary<string, string[]> Scripts = new()
    {
        ["psycopg2"] = ["/usr/bin/python3", Script("python", "modes.py")],
        ["pgJDBC"] = ["java", "-cp", "/usr/share/java/postgresql.jar", Script("java", "Modes.java")],
        ["node-postgres"] = ["node", Script("node", "modes.mjs")],
    };

    public static TheoryData<string> Drivers => [.. Scripts.Keys];

    [Theory, MemberData(nameof(Drivers))]
    public async Task Each_goes_on_inside_TLS_or_hears_why_not(string driver)
    {
        var (server, plain) = (await setup.ServerAsync(), await setup.PlainAsync());
        await using Recorder recorder = new(server.Port), plainRecorder = new(plain.Port);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = [.. EgressSetup.Options, "--require-tls", "enforce", .. new[] { recorder.Port, plainRecorder.Port }.SelectMany(port => new[] { "--forward", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0=localhost:{port}") })],
        });
        var (over, none) = (gateway.Forward(0).Port, gateway.Forward(1).Port);
        var result = await RunAsync(driver, server.CertificateFile, [.. new[] { over, none }.SelectMany(port => Modes.Select(mode => string.Create(CultureInfo.InvariantCulture, $"{mode}:{port}")))]);
        var answers = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        foreach (var mode in Modes)
        {
            AssertAnswer(over, mode, mode == "disable" ? "the gateway passes" : "127.0.0.77");
            AssertAnswer(none, mode, (mode, driver) switch
            {
                // pgJDBC asks for TLS only then, and tells what it heard first
                ("disable", _) or ("allow", "pgJDBC") => "the gateway passes",
                // node-postgres takes every other word for TLS
                ("allow" or "prefer", not "node-postgres") => "whatever sslmode says",
                _ => "does not support SSL",
            });
        }
        recorder.AssertNothingInClear();
        plainRecorder.AssertNothingInClear();

        void AssertAnswer(int port, string mode, string expected) =>
            Assert.True(answers.GetValueOrDefault($"{mode}:{port}")?.Contains(expected, StringComparison.Ordinal) == true, $"{mode} {(port == over ? "with" : "without")} TLS, not '{expected}': {result}\n{gateway.Log.Text}");
    }

    private static Task<ProgramResult> RunAsync(string driver, string certificate, string[] connections)
    {
        var environment = new Dictionary<string, string>
        {
            ["HOST"] = "127.0.0.1", ["NAME"] = "localhost", ["CA_FILE"] = certificate, ["DB_USER"] = PostgresServer.User, ["DB_PASSWORD"] = PostgresServer.Password,
        };
        return ExternalProgram.RunAsync(Scripts[driver][0], [.. Scripts[driver].Skip(1), .. connections], environment);
    }

    private static string Script(string language, string name) => RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", language, name);
}
