using System.Diagnostics;
using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Clear;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Pools of real clients, when the name of their database leads to another server; beside them the same clients at a proxy that cuts.</summary>
public sealed class MovedPoolTests(EgressSetup setup)
{
    private const int Cuts = 3;
    private static readonly IPAddress Old = IPAddress.Parse("127.0.0.2"), New = IPAddress.Parse("127.0.0.3");

    /// <summary>A TTL of one second, and 30.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(31);

    public static TheoryData<string> Transport => LongRun.Wanted ? TransportKind.All : ["epoll"];

    [Theory, MemberData(nameof(Transport))]
    public async Task They_are_all_at_the_new_server_within_the_TTL_and_30_seconds_and_lose_no_transaction(string transport)
    {
        await using var otherRedis = await RedisServer.StartAsync();
        await using var otherMariaDb = await MariaDbServer.StartAsync();
        await using var places = new Places();
        places.Add("postgres", (await setup.ServerAsync()).Port, (await setup.OtherAsync()).Port);
        places.Add("redis", (await setup.RedisAsync()).Port, otherRedis.Port);
        places.Add("mariadb", (await setup.MariaDbAsync()).Port, otherMariaDb.Port);
        using var names = new NameServer(Old);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. EgressSetup.Options, "--allow", "*.example", "--resolver", names.EndPoint.ToString(), "--follow-dns", "--retire-quiet", "1s", .. places.Forwards],
        });
        await using var cutting = await CuttingBalancer.StartAsync(places.Kinds);

        var certificate = (await setup.MariaDbAsync()).CertificateFile;
        await using var ours = PoolWorkers.Start([.. places.Kinds.Select((kind, at) => (kind.Kind, gateway.Forward(at)))], certificate);
        await using var theirs = PoolWorkers.Start(cutting.EndPoints, certificate);
        foreach (var workers in new[] { ours, theirs }) await Deadline.UntilAsync(() => workers.Latest.Count() == workers.Count, Tell, TimeSpan.FromMinutes(1));

        // Once is a flap, which moves nobody
        var from = names.Asked;
        names.Script = number => (number - from) % 3 == 1 ? New : Old;
        await Deadline.UntilAsync(() => names.Asked - from >= 6, Tell);
        Assert.DoesNotContain("retired-moved", gateway.Log.Text, StringComparison.Ordinal);
        Assert.All(ours.Seen, entry => Assert.True(places.IsOld(entry.What), Tell()));

        (names.Address, names.Script) = (New, null);
        var watch = Stopwatch.StartNew();
        await Deadline.UntilAsync(() => ours.Latest.All(entry => places.IsNew(entry.What)), Tell, Most);
        var moved = watch.Elapsed;
        // One that dials while the old address is still in the cache moves twice; a connection that rests in a pool may be the last
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count(entry => entry.GetProperty("end").GetString() == "retired-moved") >= ours.Count, Tell, Most - moved);
        var cuts = await CutAsync(cutting, theirs);
        await ours.StopAsync();
        await theirs.StopAsync();
        Assert.All(ours.Seen, entry => Assert.True(places.IsOld(entry.What) || places.IsNew(entry.What), entry + "\n" + Tell()));
        // What the gentle way is worth: the same transactions, cut
        Assert.NotEqual(0, theirs.Failed);
        TestContext.Current.TestOutputHelper!.WriteLine($"{transport}: all {ours.Count} are there after {moved.TotalSeconds:f1} s, {ours.Failed} of {ours.Seen.Count} transactions failed; "
            + $"HAProxy cut {cuts} times, {theirs.Failed} of {theirs.Seen.Count} transactions failed");

        string Tell() => string.Join('\n', ours.Seen) + "\n" + gateway.Log.Text + "\nThose that are cut:\n" + string.Join('\n', theirs.Seen);
    }

    /// <summary>Fails over some times, and until a transaction was lost: a cut may come between all of them.</summary>
    private static async Task<int> CutAsync(CuttingBalancer balancer, PoolWorkers workers)
    {
        var cuts = 0;
        for (; cuts < Cuts || (workers.Failed == 0 && cuts < 10 * Cuts); cuts++)
        {
            var before = workers.Seen.Count;
            await balancer.FailOverAsync();
            await Deadline.UntilAsync(() => workers.Seen.Count >= before + workers.Count, () => "They do not go on");
        }
        return cuts;
    }

    /// <summary>For each kind of server one port, which leads to the old one at one address and to the new one at another.</summary>
    private sealed class Places : IAsyncDisposable
    {
        private readonly List<Recorder> _all = [];
        private readonly List<(string Kind, int Old, int Next, int Port)> _kinds = [];
        private readonly HashSet<string> _old = [], _new = [];

        /// <summary>The ports of each kind's servers themselves.</summary>
        public IReadOnlyList<(string Kind, int Old, int Next)> Kinds => [.. _kinds.Select(kind => (kind.Kind, kind.Old, kind.Next))];

        public IEnumerable<string> Forwards =>
            _kinds.SelectMany(kind => new[] { "--forward", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0={kind.Kind}.example:{kind.Port}") });

        public bool IsOld(string server) => _old.Contains(server);

        public bool IsNew(string server) => _new.Contains(server);

        public void Add(string kind, int old, int next)
        {
            _all.Add(new Recorder(old, at: new IPEndPoint(Old, 0)));
            _kinds.Add((kind, old, next, _all[^1].Port));
            _all.Add(new Recorder(next, at: new IPEndPoint(New, _all[^1].Port)));
            _old.Add(old.ToString(CultureInfo.InvariantCulture));
            _new.Add(next.ToString(CultureInfo.InvariantCulture));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var place in _all) await place.DisposeAsync();
        }
    }
}
