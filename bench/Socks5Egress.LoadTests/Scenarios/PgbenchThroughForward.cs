using System.Globalization;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>pgbench below <c>socks5egress forward</c>, slow enough to leave the machine to what is measured.</summary>
internal sealed class PgbenchThroughForward
{
    private const int TransactionsPerSecond = 50;

    private readonly ChildProcess _process;
    private readonly string _folder;

    private PgbenchThroughForward(ChildProcess process, string folder) => (_process, _folder) = (process, folder);

    /// <returns>Null where there is no PostgreSQL, or no program for <c>forward</c>.</returns>
    public static PgbenchThroughForward? Start(Surroundings around, TimeSpan during)
    {
        if (around is not { Postgres: { } server, Program: { } program }) return null;
        var folder = Directory.CreateTempSubdirectory("socks5egress-load-").FullName;
        // A Unix socket has no port to be taken; libpq finds it by folder and port number. The gateway's URL, which may name a user, is in SOCKS5EGRESS_VIA
        return new PgbenchThroughForward(ChildProcess.Start(program,
        [
            "forward", $"unix:{folder}/.s.PGSQL.5432={around.TargetHost}:{server.Port}", "--",
            PostgresUnderLoad.Program("pgbench"), "-h", folder, "-p", "5432", "-U", PostgresUnderLoad.User, "-n", "-c", "4", "-S",
            "-R", TransactionsPerSecond.ToString(CultureInfo.InvariantCulture),
            "-T", ((int)Math.Ceiling(during.TotalSeconds)).ToString(CultureInfo.InvariantCulture), PostgresUnderLoad.Database,
        ], readsError: true), folder);
    }

    /// <summary>Waits for its end, and removes what it has left.</summary>
    /// <returns>What it counted.</returns>
    /// <exception cref="InvalidOperationException">A transaction failed.</exception>
    public async Task<string> FinishAsync(CancellationToken cancellation)
    {
        try
        {
            await using var process = _process;
            var error = process.Error.ReadToEndAsync(cancellation);
            var output = await process.Output.ReadToEndAsync(cancellation);
            var code = await process.WaitAsync(cancellation);
            if (code != 0 || !output.Contains("number of failed transactions: 0", StringComparison.Ordinal))
                throw new InvalidOperationException($"pgbench through forward ended with {code}: {output}{await error}");
            return output.Split('\n').First(line => line.Contains("actually processed", StringComparison.Ordinal)).Trim();
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
