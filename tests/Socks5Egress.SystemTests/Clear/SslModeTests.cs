using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>Every <c>sslmode</c> of psycopg2 with <c>--require-tls enforce</c>, against a server with TLS and one without. psql's are in <see cref="RequireTlsClientTests"/>.</summary>
public sealed class SslModeTests(EgressSetup setup)
{
    private static readonly string[] Modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    [Fact]
    public async Task Each_of_psycopg2_goes_on_inside_TLS_or_hears_why_not()
    {
        var (server, plain) = (await setup.ServerAsync(), await setup.PlainAsync());
        await using Recorder recorder = new(server.Port), plainRecorder = new(plain.Port);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = [.. EgressSetup.Options, "--require-tls", "enforce", .. new[] { recorder.Port, plainRecorder.Port }.SelectMany(port => new[] { "--forward", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0=localhost:{port}") })],
        });
        var (over, none) = (gateway.Forward(0).Port, gateway.Forward(1).Port);
        var result = await RunAsync(server.CertificateFile, [.. new[] { over, none }.SelectMany(port => Modes.Select(mode => string.Create(CultureInfo.InvariantCulture, $"{mode}:{port}")))]);
        var answers = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        foreach (var mode in Modes)
        {
            AssertAnswer(over, mode, mode == "disable" ? "the gateway passes" : "127.0.0.77");
            AssertAnswer(none, mode, mode switch { "disable" => "the gateway passes", "allow" or "prefer" => "whatever sslmode says", _ => "does not support SSL" });
        }
        recorder.AssertNothingInClear();
        plainRecorder.AssertNothingInClear();

        void AssertAnswer(int port, string mode, string expected) =>
            Assert.True(answers.GetValueOrDefault($"{mode}:{port}")?.Contains(expected, StringComparison.Ordinal) == true, $"{mode} {(port == over ? "with" : "without")} TLS, not '{expected}': {result}\n{gateway.Log.Text}");
    }

    private static Task<ProgramResult> RunAsync(string certificate, string[] connections)
    {
        var environment = new Dictionary<string, string>
        {
            ["HOST"] = "127.0.0.1", ["NAME"] = "localhost", ["CA_FILE"] = certificate, ["DB_USER"] = PostgresServer.User, ["DB_PASSWORD"] = PostgresServer.Password,
        };
        return ExternalProgram.RunAsync("/usr/bin/python3", [RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "python", "modes.py"), .. connections], environment);
    }
}
