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

    private async Task<ProgramResult> PgbenchAsync(string transport, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var proxy = SocksProxy.Of(await setup.GatewayAsync(transport));
        var result = await ExternalProgram.RunAsync(
            "proxychains4", ["-q", "-f", proxy.WriteProxychains(folder), PostgresServer.Program("pgbench"), .. options],
            DatabaseClient.Libpq(await setup.ServerAsync(), "127.0.0.1"));
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private static int FailedTransactions(string output) =>
        int.Parse(FailedLine().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"number of failed transactions: (\d+)")]
    private static partial Regex FailedLine();
}
