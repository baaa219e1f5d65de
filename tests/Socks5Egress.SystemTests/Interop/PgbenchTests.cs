using System.Globalization;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Many transactions on a few sessions, and many sessions with one transaction each.</summary>
public sealed partial class PgbenchTests(EgressSetup setup)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Five_thousand_transactions_run_without_an_error(string transport)
    {
        await PgbenchAsync(transport, "-i", "-q", "-s", "1");
        var result = await PgbenchAsync(transport, "-c", "4", "-j", "2", "-t", "1250", "--no-vacuum");
        Assert.Contains("number of transactions actually processed: 5000/5000", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, FailedTransactions(result.Output));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_connection_for_every_transaction_works(string transport)
    {
        await PgbenchAsync(transport, "-i", "-q", "-s", "1");
        var result = await PgbenchAsync(transport, "-C", "-S", "-c", "4", "-t", "50", "--no-vacuum");
        Assert.Contains("number of transactions actually processed: 200/200", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, FailedTransactions(result.Output));
    }

    [Fact]
    public async Task With_the_gateway_down_pgbench_fails_and_does_not_pass_by_it()
    {
        using var dead = new DeadGateway();
        var result = await PgbenchAsync(dead.Proxy, "-S", "-t", "1", "--no-vacuum");
        DeadGateway.AssertFailedWithoutServer(result);
        Assert.Contains("Connection refused", result.Error, StringComparison.Ordinal);
    }

    private async Task<ProgramResult> PgbenchAsync(string transport, params string[] options)
    {
        var result = await PgbenchAsync(SocksProxy.Of(await setup.GatewayAsync(transport)), options);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<ProgramResult> PgbenchAsync(SocksProxy proxy, params string[] options)
    {
        using var folder = new TemporaryFolder();
        return await ExternalProgram.RunAsync(
            "proxychains4", ["-q", "-f", proxy.WriteProxychains(folder), PostgresServer.Program("pgbench"), .. options],
            DatabaseClient.Libpq(await setup.ServerAsync(), "127.0.0.1"));
    }

    private static int FailedTransactions(string output) =>
        int.Parse(FailedLine().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"number of failed transactions: (\d+)")]
    private static partial Regex FailedLine();
}
