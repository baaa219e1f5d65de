using System.Diagnostics;
using System.Text.Json;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Runs;

/// <summary>
/// Measures every scenario on every proxy in turn, round after round, the order of the proxies shifted by one each
/// time: what drifts on the machine meets all of them alike. Each round has freshly started proxies.
/// </summary>
internal sealed class Runner : IDisposable
{
    private readonly RunOptions _options;
    private readonly IReadOnlyList<ProxyKind> _kinds;
    private readonly IReadOnlyList<Scenario> _scenarios;
    private readonly Dictionary<string, RunningProxy> _running = [];
    private readonly string _scratch = Directory.CreateTempSubdirectory("compare-").FullName;
    private readonly Comparison _comparison;
    private readonly Progress _progress;
    private readonly CancellationToken _stop;

    public Runner(RunOptions options, CancellationToken stop)
    {
        (_options, _stop) = (options, stop);
        _kinds = [.. ProxyKind.All(options.Gateway).Where(kind => options.Only.Count == 0 || options.Only.Contains(kind.Name))];
        _scenarios = [.. Scenario.All(options.Seconds, options.Quick).Where(scenario => options.Scenarios.Count == 0
            || options.Scenarios.Any(name => scenario.Name.StartsWith(name, StringComparison.Ordinal)))];
        _progress = new Progress(options.Rounds * _scenarios.Sum(scenario => _kinds.Count(kind => Applies(scenario, kind))));
        _comparison = new Comparison
        {
            Date = TimeProvider.System.GetUtcNow(),
            Commit = options.Commit,
            Rounds = options.Rounds,
            Seconds = options.Seconds,
            Machine = Machine.Look(options.Gateway),
        };
    }

    public void Dispose()
    {
        StopAll();
        Directory.Delete(_scratch, recursive: true);
    }

    /// <summary>The whole run; what was measured so far when it is stopped.</summary>
    public Comparison Run()
    {
        int turn = 0;
        TimeSpan longest = TimeSpan.Zero;
        for (int round = 1; round <= _options.Rounds && !_stop.IsCancellationRequested; round++)
        {
            TimeSpan began = _progress.Elapsed;
            if (began + longest > _options.Budget)
            {
                _progress.Say($"Round {round} would not end within the budget.");
                break;
            }

            _comparison.Rounds = round;
            foreach (Scenario scenario in _scenarios)
            {
                ProxyKind[] kinds = [.. _kinds.Where(kind => Applies(scenario, kind) && !_comparison.LeftOut.ContainsKey(kind.Name))];
                int shift = turn++;
                for (int i = 0; i < kinds.Length && !_stop.IsCancellationRequested; i++)
                    Measure(round, scenario, kinds[(i + shift) % kinds.Length]);
            }
            StopAll();
            if (_progress.Elapsed - began > longest) longest = _progress.Elapsed - began;
        }
        _comparison.TookSeconds = Math.Round(_progress.Elapsed.TotalSeconds);
        return _comparison;
    }

    private static bool Applies(Scenario scenario, ProxyKind kind) => scenario.Tls == kind.Tls && (
        scenario.IsStart ? kind.Executable is not null
        : scenario.Load.Kind == LoadKind.Hold ? kind.Executable is not null && !kind.StartOnly && scenario.Load.Connections <= kind.MostSessions
        : !kind.StartOnly);

    private void Measure(int round, Scenario scenario, ProxyKind kind)
    {
        _progress.Step(round, scenario.Name, kind.Name);
        try
        {
            Sample sample = scenario.Fresh ? MeasureFresh(scenario, kind) : Measure(scenario, Shared(kind));
            (sample.Round, sample.Scenario, sample.Proxy) = (round, scenario.Name, kind.Name);
            _comparison.Samples.Add(sample);
            if (sample.Errors > 0 || sample.Mismatches > 0 || sample.Note is not null)
                _progress.Say($"{scenario.Name} on {kind.Name}: {sample.Errors} errors, {sample.Mismatches} mismatches: {sample.Note}");
        }
        catch (ProxyUnavailableException unavailable)
        {
            _comparison.LeftOut[kind.Name] = unavailable.Message;
            _progress.Say($"{kind.Name} is left out: {unavailable.Message}");
        }
    }

    private Sample MeasureFresh(Scenario scenario, ProxyKind kind)
    {
        using RunningProxy proxy = Start(kind, scenario.Pinned);
        if (!scenario.IsStart) return Measure(scenario, proxy);
        // Long enough for what a program still does after it began to listen
        Thread.Sleep(500);
        return new Sample { Start = new Start(proxy.ReadyIn.TotalMilliseconds, ProcessTree.Memory(proxy.Pid)) };
    }

    /// <summary>Puts a load on a running proxy, from a process of its own.</summary>
    public static Sample Measure(Scenario scenario, RunningProxy proxy)
    {
        LoadOptions load = scenario.Load with
        {
            Port = proxy.Port,
            Target = proxy.TargetPort,
            Socks = proxy.Kind.Socks,
            Pipelined = scenario.Load.Pipelined && proxy.Kind.Pipelines,
            Proxy = proxy.Pid,
            Core = scenario.Pinned ? 0 : -1,
        };
        ProcessStartInfo start = new(Environment.ProcessPath!, ["load", .. load.ToArguments()]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string json = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize(json, ResultsJson.Default.Sample)!
            : new Sample { Errors = 1, Note = $"the load process ended with {process.ExitCode}" };
    }

    private RunningProxy Shared(ProxyKind kind)
    {
        if (!_running.TryGetValue(kind.Name, out RunningProxy? proxy)) _running[kind.Name] = proxy = Start(kind, pinned: false);
        return proxy;
    }

    private RunningProxy Start(ProxyKind kind, bool pinned) => RunningProxy.Start(kind, _options.Templates, _scratch, pinned);

    private void StopAll()
    {
        foreach (RunningProxy proxy in _running.Values) proxy.Dispose();
        _running.Clear();
    }
}
