using System.Globalization;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Proxies;
using Socks5Egress.Compare.Runs;

namespace Socks5Egress.Compare.Watching;

/// <summary>
/// Measures pairs: two freshly started gateways, the same load on each in turn, one of them watched meanwhile, which one comes first changing from pair
/// to pair. What drifts on the machine meets both alike.
/// </summary>
internal sealed class WatchRunner(RunOptions options, CancellationToken stop) : IDisposable
{
    public const int Pairs = 9;
    public const double Seconds = 4;
    private const int Connections = 16;

    /// <summary>A scrape and a rendering come once a second: a span has to hold some of them.</summary>
    private const double ShortestSpan = 2;

    /// <summary>The first page and the first scrape are not what goes on for ever.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1.5);

    private readonly string _scratch = Directory.CreateTempSubdirectory("watch-").FullName;
    private readonly double _seconds = Math.Max(options.Seconds, ShortestSpan);

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    /// <summary>The whole run; the pairs so far when it is stopped.</summary>
    /// <exception cref="ProxyUnavailableException">The gateway does not start.</exception>
    public WatchComparison Run()
    {
        string transport = options.Only is [var only] ? only : "epoll";
        ProxyKind kind = ProxyKind.All(options.Gateway).First(kind => kind.Name == transport);
        WatchComparison run = new()
        {
            Date = TimeProvider.System.GetUtcNow(), Commit = options.Commit, Transport = transport, Connections = Connections, Seconds = _seconds,
            Machine = Machine.Look(options.Gateway),
        };
        for (int round = 1; round <= options.Rounds && !stop.IsCancellationRequested; round++)
        {
            if (Measure(round, kind) is not { } pair) continue;
            run.Pairs.Add(pair);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"pair {round} of {options.Rounds}: {pair.Alone.CpuEach:0.00} µs a request alone, {pair.Watched.CpuEach:0.00} µs watched, ratio {pair.Ratio:0.000}"));
        }
        return run;
    }

    private WatchPair? Measure(int round, ProxyKind kind)
    {
        using RunningProxy alone = RunningProxy.Start(kind, options.Templates, _scratch, pinned: false);
        using RunningProxy watched = RunningProxy.Start(kind, options.Templates, _scratch, pinned: false);
        WatchWork? without = null;
        if (round % 2 == 0) without = Load(alone);
        (WatchWork? with, long bytes, int scrapes) = LoadWatched(watched);
        if (round % 2 != 0) without = Load(alone);
        if (without is not null && with is not null && bytes > 0 && scrapes > 0) return new WatchPair(round, without, with, bytes, scrapes);
        Console.Error.WriteLine($"pair {round} is left out: a sample has errors, or the watcher saw nothing ({bytes} bytes of the page, {scrapes} scrapes)");
        return null;
    }

    private (WatchWork? Work, long PageBytes, int Scrapes) LoadWatched(RunningProxy proxy)
    {
        using Watcher watcher = new(proxy.Admin);
        Thread.Sleep(Settle);
        (long bytes, int scrapes) = watcher.Seen;
        WatchWork? work = Load(proxy);
        (long allBytes, int allScrapes) = watcher.Seen;
        return (work, allBytes - bytes, allScrapes - scrapes);
    }

    private WatchWork? Load(RunningProxy proxy) => WatchWork.Of(Runner.Measure(
        new Scenario("watch", new LoadOptions { Kind = LoadKind.RequestReply, Connections = Connections, Seconds = _seconds, WarmUp = 1 }), proxy));
}
