using System.Diagnostics;
using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Forwards;

/// <summary>A forward over three real PostgreSQL servers, of which one dies and comes back.</summary>
public sealed class PostgresForwardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_of_three_servers_may_die_under_load_and_comes_back_after_its_rise_count()
    {
        var servers = await Task.WhenAll(PostgresServer.StartAsync(), PostgresServer.StartAsync(), PostgresServer.StartAsync());
        try
        {
            foreach (var transport in TransportKind.All) await DieAndComeBackAsync(transport.Data, servers);
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    private async Task DieAndComeBackAsync(string transport, PostgresServer[] servers)
    {
        var authorities = _folder.Write("authorities.crt", string.Join('\n', servers.Select(server => File.ReadAllText(server.CertificateFile))));
        await using var gateway = await ForwardGateway.StartWithFileAsync(transport, _folder, new
        {
            Listen = "127.0.0.1:0",
            Targets = servers.Select(server => "127.0.0.1:" + server.Port.ToString(CultureInfo.InvariantCulture)),
            Preset = "postgres",
            Interval = "200ms",
            Rise = 3,
            Fall = 2,
        }, "--bind", PostgresServer.AdmittedSource.ToString());
        var environment = DatabaseClient.Libpq(servers[0], "127.0.0.1");
        environment["PGPORT"] = gateway.Forward().Port.ToString(CultureInfo.InvariantCulture);
        environment["PGSSLROOTCERT"] = authorities;

        // A new connection for every transaction, on all three
        var load = BenchAsync(environment, "-T", "8", "-c", "6");
        await Deadline.UntilAsync(() => servers.All(server => Served(gateway, server) > 5), () => "Not every server has clients\n" + gateway.Log.Text);
        var killed = servers[1];
        var about = ForwardGateway.About(new IPEndPoint(IPAddress.Loopback, killed.Port));
        await killed.KillAsync();
        var down = await gateway.Log.WaitAsync("forward.target-down", about);
        Assert.Contains(down.GetProperty("failure").GetString(), new[] { "target-refused", "target-reset", "target-fin" });

        // Nothing hangs: pgbench ends by itself. Clients in the middle of a transaction on the killed server are lost, and no others
        var watch = Stopwatch.StartNew();
        var result = await load;
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"pgbench went on for {watch.Elapsed}: {result}");
        Assert.Contains(result.ExitCode, new[] { 0, 2 });
        Assert.DoesNotContain("number of transactions actually processed: 0", result.Output, StringComparison.Ordinal);

        // Every new connection goes to one that lives
        var before = Served(gateway, killed);
        var after = await BenchAsync(environment, "-t", "10", "-c", "4");
        Assert.True(after.ExitCode == 0, after.ToString());
        Assert.Contains("number of transactions actually processed: 40/40", after.Output, StringComparison.Ordinal);
        Assert.Equal(before, Served(gateway, killed));

        await killed.RestartAsync();
        await gateway.Log.WaitAsync("forward.target-up", about);
        await BenchAsync(environment, "-t", "5", "-c", "4");
        await Deadline.UntilAsync(() => Served(gateway, killed) > before, () => "The server that came back has no clients\n" + gateway.Log.Text);
    }

    private static int Served(GatewayProcess gateway, PostgresServer server) => gateway.Log.Of("session.end").Count(entry =>
        entry.GetProperty("dialled").GetString() is { } dialled && dialled.EndsWith(":" + server.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));

    /// <summary>pgbench with a statement that needs no tables.</summary>
    private Task<ProgramResult> BenchAsync(Dictionary<string, string> environment, params string[] options)
    {
        var script = _folder.Write("script.sql", "SELECT 1;\n");
        return ExternalProgram.RunAsync(PostgresServer.Program("pgbench"), ["-n", "-C", "-f", script, .. options], environment);
    }
}
