using System.Globalization;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>pgbench below <c>socks5egress forward</c>, slow enough to leave the machine to what is measured.</summary>
internal sealed class PgbenchThroughForward : IAsyncDisposable
{
    private const int TransactionsPerSecond = 50;

    private readonly ChildProcess _process;

    private PgbenchThroughForward(ChildProcess process) => _process = process;

    /// <returns>Null where there is no PostgreSQL.</returns>
    public static PgbenchThroughForward? Start(Surroundings around, TimeSpan during)
    {
        if (around.Postgres is not { } server) return null;
        var local = Path.Combine(Path.GetTempPath(), $"socks5egress-load-{Environment.ProcessId}");
        Directory.CreateDirectory(local);
        // A Unix socket has no port to be taken; libpq finds it by folder and port number
        return new PgbenchThroughForward(ChildProcess.Start(around.Program,
        [
            "forward", $"unix:{local}/.s.PGSQL.5432=127.0.0.1:{server.Port}", "--via", around.Via, "--",
            PostgresUnderLoad.Program("pgbench"), "-h", local, "-p", "5432", "-U", PostgresUnderLoad.User, "-n", "-c", "4", "-S",
            "-R", TransactionsPerSecond.ToString(CultureInfo.InvariantCulture),
            "-T", ((int)Math.Ceiling(during.TotalSeconds)).ToString(CultureInfo.InvariantCulture), PostgresUnderLoad.Database,
        ], readsError: true));
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">A transaction failed.</exception>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        await using var process = _process;
        var error = process.Error.ReadToEndAsync(cancellation);
        var output = await process.Output.ReadToEndAsync(cancellation);
        var code = await process.WaitAsync(cancellation);
        if (code != 0 || !output.Contains("number of failed transactions: 0", StringComparison.Ordinal))
            throw new InvalidOperationException($"pgbench through forward ended with {code}:\n{output}{await error}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
