using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>A real client that reconnects, while the gateways below it are restarted one after the other.</summary>
public sealed class PgbenchRestartTests(EgressSetup setup)
{
    [Fact]
    public async Task Pgbench_with_a_connection_for_each_transaction_sees_no_error()
    {
        var server = await setup.ServerAsync();
        await using var fleet = await Fleet.StartAsync(3, "--bind", PostgresServer.AdmittedSource.ToString());
        var target = string.Create(CultureInfo.InvariantCulture, $"localhost:{server.Port}");
        await using var forward = await ForwardProcess.StartAsync(target, fleet.Via);
        using var folder = new TemporaryFolder();
        var pgbench = ExternalProgram.RunAsync(
            PostgresServer.Program("pgbench"),
            ["-n", "-C", "-f", folder.Write("script.sql", "select 1;\n"), "-c", "4", "-R", "40", "-T", LongRun.Or("60", "20"), "-h", "localhost", "-p", forward.Port.ToString(CultureInfo.InvariantCulture),
             "-U", PostgresServer.User, PostgresServer.Database],
            new Dictionary<string, string>
            {
                ["PGPASSWORD"] = PostgresServer.Password, ["PGHOSTADDR"] = "127.0.0.1", ["PGSSLMODE"] = "verify-full", ["PGSSLROOTCERT"] = server.CertificateFile,
            });
        for (var i = 0; i < 3; i++) await fleet.RestartAsync(i);
        var result = await pgbench;
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("number of failed transactions: 0", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error", result.Error, StringComparison.OrdinalIgnoreCase);
    }
}
