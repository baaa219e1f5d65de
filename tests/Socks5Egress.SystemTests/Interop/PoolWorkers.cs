using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>
/// Workers of real pools at databases: transaction after transaction, with pauses. What each one says is the server that ran a transaction, or
/// "failed" and why. A connection that is found gone before a transaction has begun is dialed again, which is no failure.
/// </summary>
internal sealed class PoolWorkers : IAsyncDisposable
{
    private const int Hikari = 3, Npgsql = 2;
    private static readonly string Jars = string.Join(':', new[] { "HikariCP", "postgresql", "slf4j-api", "slf4j-nop" }.Select(name => $"/usr/share/java/{name}.jar"));

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string Worker, string What)> _seen = new();
    private readonly List<Process> _scripts = [];
    private readonly List<Task> _running = [];

    private PoolWorkers(int count) => Count = count;

    public int Count { get; }

    public IReadOnlyCollection<(string Worker, string What)> Seen => _seen;

    public int Failed => _seen.Count(entry => entry.What.StartsWith("failed", StringComparison.Ordinal));

    /// <summary>The last word of each.</summary>
    public IEnumerable<(string Worker, string What)> Latest => _seen.GroupBy(entry => entry.Worker).Select(group => group.Last());

    /// <param name="ways">Where the servers of each kind are reached.</param>
    /// <param name="certificate">MariaDB's.</param>
    public static PoolWorkers Start(IReadOnlyCollection<(string Kind, IPEndPoint EndPoint)> ways, string certificate)
    {
        var postgres = ways.First(way => way.Kind == "postgres").EndPoint;
        var python = ways.SelectMany(way => Enumerable.Repeat($"{way.Kind}:{way.EndPoint}", way.Kind == "postgres" ? 4 : 2)).ToList();
        var workers = new PoolWorkers(python.Count + Hikari + Npgsql);
        workers.Run("/usr/bin/python3", [Script("python", "transactions.py"), .. python], certificate);
        workers.Run("java", ["-cp", Jars, Script("java", "Transactions.java"), postgres.ToString(), Hikari.ToString(CultureInfo.InvariantCulture)], certificate);
        for (var i = 0; i < Npgsql; i++) workers._running.Add(workers.NpgsqlAsync($"npgsql{i}", postgres));
        return workers;

        static string Script(string language, string name) => RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", language, name);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        foreach (var script in _scripts) script.StandardInput.Close();
        await Task.WhenAll(_running);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var script in _scripts)
        {
            if (!script.HasExited) script.Kill();
            script.Dispose();
        }
        _stop.Dispose();
    }

    private void Run(string program, IEnumerable<string> arguments, string certificate)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        (start.Environment["DB_USER"], start.Environment["DB_PASSWORD"], start.Environment["CA_FILE"]) = (PostgresServer.User, PostgresServer.Password, certificate);
        _scripts.Add(Process.Start(start)!);
        _running.Add(ReadAsync(_scripts[^1]));
    }

    private async Task ReadAsync(Process script)
    {
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(3));
        while (await script.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            var words = line.Split(' ', 2);
            _seen.Enqueue((words[0], words[1]));
        }
        await script.WaitForExitAsync(deadline.Token);
    }

    private async Task NpgsqlAsync(string worker, IPEndPoint server)
    {
        await using var source = NpgsqlDataSource.Create(string.Create(CultureInfo.InvariantCulture,
            $"Host={server.Address};Port={server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};Database={PostgresServer.Database};SSL Mode=Require;Pooling=false;Timeout=20"));
        for (NpgsqlConnection? connection = null; ;)
        {
            try
            {
                if (connection is not null) await AskAsync(connection, "select 1");
            }
            catch (NpgsqlException)
            {
                // It has ended between two transactions
                await connection!.DisposeAsync();
                connection = null;
            }
            try
            {
                connection ??= await source.OpenConnectionAsync(CancellationToken.None);
                _seen.Enqueue((worker, await RunAsync(connection)));
            }
            catch (NpgsqlException error)
            {
                _seen.Enqueue((worker, "failed " + error.Message));
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
            }
            await Task.WhenAny(Task.Delay(Random.Shared.Next(300, 2500), _stop.Token));
            if (!_stop.IsCancellationRequested) continue;
            if (connection is not null) await connection.DisposeAsync();
            return;
        }
    }

    private static async Task<string> RunAsync(NpgsqlConnection connection)
    {
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        var server = await AskAsync(connection, "select inet_server_port()");
        await Task.Delay(200, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return string.Create(CultureInfo.InvariantCulture, $"{server}");
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        return await command.ExecuteScalarAsync(CancellationToken.None);
    }
}
