using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;
using Socks5Egress.SystemTests.Clear;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Pools of real clients, when the name of their database leads to another server.</summary>
public sealed class MovedPoolTests(EgressSetup setup)
{
    private static readonly IPAddress Old = IPAddress.Parse("127.0.0.2"), New = IPAddress.Parse("127.0.0.3");

    /// <summary>A TTL of one second, and 30.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(31);

    public static TheoryData<string> Transport => LongRun.Wanted ? TransportKind.All : ["epoll"];

    [Theory, MemberData(nameof(Transport))]
    public async Task They_are_all_at_the_new_server_within_the_TTL_and_30_seconds_and_lose_no_transaction(string transport)
    {
        await using var places = new Places();
        await using var otherRedis = await RedisServer.StartAsync();
        await places.AddAsync("postgres", (await setup.ServerAsync()).Port, (await setup.OtherAsync()).Port);
        await places.AddAsync("redis", (await setup.RedisAsync()).Port, otherRedis.Port);
        await using var otherMariaDb = LongRun.Wanted ? await MariaDbServer.StartAsync() : null;
        if (otherMariaDb is not null) await places.AddAsync("mariadb", (await setup.MariaDbAsync()).Port, otherMariaDb.Port);
        using var names = new NameServer(Old);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. EgressSetup.Options, "--allow", "*.example", "--resolver", names.EndPoint.ToString(), "--follow-dns", "--retire-quiet", "1s", .. places.Forwards],
        });

        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentQueue<(string Worker, string What)>();
        var workers = places.Kinds.SelectMany((kind, at) => Enumerable.Repeat($"{kind}:{gateway.Forward(at).Port}", kind == "postgres" ? 4 : 2)).ToList();
        using var script = Start(workers, (await setup.MariaDbAsync()).CertificateFile);
        var reading = ReadAsync(script, seen);
        var npgsql = Task.WhenAll(Enumerable.Range(0, 2).Select(number => NpgsqlAsync($"npgsql{number}", gateway.Forward().Port, seen, stop.Token)));
        var all = workers.Count + 2;
        await Deadline.UntilAsync(() => seen.Select(entry => entry.Worker).Distinct().Count() == all, Tell, TimeSpan.FromMinutes(1));

        // Once is a flap, which moves nobody
        var from = names.Asked;
        names.Script = number => (number - from) % 3 == 1 ? New : Old;
        await Deadline.UntilAsync(() => names.Asked - from >= 6, Tell);
        Assert.DoesNotContain("retired-moved", gateway.Log.Text, StringComparison.Ordinal);
        Assert.All(seen, entry => Assert.True(places.IsOld(entry.What), Tell()));

        (names.Address, names.Script) = (New, null);
        var watch = Stopwatch.StartNew();
        await Deadline.UntilAsync(() => Latest().All(entry => places.IsNew(entry.What)), Tell, Most);
        TestContext.Current.TestOutputHelper!.WriteLine($"{transport}: all {all} are there after {watch.Elapsed.TotalSeconds:f1} s, {seen.Count} transactions");
        await stop.CancelAsync();
        script.StandardInput.Close();
        await npgsql;
        await reading;
        Assert.All(seen, entry => Assert.True(places.IsOld(entry.What) || places.IsNew(entry.What), entry.ToString()));
        // One that dials while the old address is still in the cache moves twice
        Assert.True(gateway.Log.Of("session.end").Count(entry => entry.GetProperty("end").GetString() == "retired-moved") >= all, Tell());

        IEnumerable<(string Worker, string What)> Latest() => seen.GroupBy(entry => entry.Worker).Select(group => group.Last());
        string Tell() => string.Join('\n', seen) + "\n" + gateway.Log.Text;
    }

    private static Process Start(List<string> workers, string certificate)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "python", "transactions.py"), .. workers])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        (start.Environment["DB_USER"], start.Environment["DB_PASSWORD"], start.Environment["CA_FILE"]) = (PostgresServer.User, PostgresServer.Password, certificate);
        return Process.Start(start)!;
    }

    private static async Task ReadAsync(Process script, ConcurrentQueue<(string Worker, string What)> seen)
    {
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(3));
        while (await script.StandardOutput.ReadLineAsync(deadline.Token) is { } line) seen.Enqueue((line[..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        await script.WaitForExitAsync(deadline.Token);
    }

    /// <summary>The same in .NET.</summary>
    private static async Task NpgsqlAsync(string worker, int port, ConcurrentQueue<(string Worker, string What)> seen, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(string.Create(CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={port};Username={PostgresServer.User};Password={PostgresServer.Password};Database={PostgresServer.Database};SSL Mode=Require;Pooling=false;Timeout=20"));
        NpgsqlConnection? connection = null;
        while (!stop.IsCancellationRequested)
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
                await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
                var server = await AskAsync(connection, "select inet_server_port()");
                await Task.Delay(200, CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
                seen.Enqueue((worker, string.Create(CultureInfo.InvariantCulture, $"{server}")));
            }
            catch (NpgsqlException error)
            {
                seen.Enqueue((worker, "failed " + error.Message));
                return;
            }
            await Task.WhenAny(Task.Delay(Random.Shared.Next(300, 2500), stop));
        }
        if (connection is not null) await connection.DisposeAsync();

        static async Task<object?> AskAsync(NpgsqlConnection connection, string text)
        {
            await using var command = new NpgsqlCommand(text, connection);
            return await command.ExecuteScalarAsync(CancellationToken.None);
        }
    }

    /// <summary>For each kind of server one port, which leads to the old one at one address and to the new one at another.</summary>
    private sealed class Places : IAsyncDisposable
    {
        private readonly List<Recorder> _all = [];
        private readonly List<(string Kind, int Port)> _kinds = [];
        private readonly HashSet<string> _old = [], _new = [];

        public IEnumerable<string> Kinds => _kinds.Select(kind => kind.Kind);

        public IEnumerable<string> Forwards =>
            _kinds.SelectMany(kind => new[] { "--forward", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0={kind.Kind}.example:{kind.Port}") });

        public bool IsOld(string server) => _old.Contains(server);

        public bool IsNew(string server) => _new.Contains(server);

        public Task AddAsync(string kind, int old, int next)
        {
            _all.Add(new Recorder(old, at: new IPEndPoint(Old, 0)));
            _kinds.Add((kind, _all[^1].Port));
            _all.Add(new Recorder(next, at: new IPEndPoint(New, _all[^1].Port)));
            _old.Add(old.ToString(CultureInfo.InvariantCulture));
            _new.Add(next.ToString(CultureInfo.InvariantCulture));
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var place in _all) await place.DisposeAsync();
        }
    }
}
