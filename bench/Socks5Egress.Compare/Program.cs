using System.Runtime.InteropServices;
using System.Text.Json;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Proxies;
using Socks5Egress.Compare.Reports;
using Socks5Egress.Compare.Runs;
using Socks5Egress.Compare.Watching;

namespace Socks5Egress.Compare;

/// <summary>
/// <c>run OPTIONS</c> measures and reports, <c>watch OPTIONS</c> does so for what a watched gateway costs, <c>report FOLDER</c> renders the report of an earlier run again,
/// <c>excerpt FOLDER FILE</c> puts its tables between the marks of a Markdown file;
/// <c>target</c> and <c>load</c> are the processes that <c>run</c> starts.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments switch
    {
        ["run", .. var options] => Run(options),
        ["watch", .. var options] => Watch(options),
        ["report", var folder] => Render(folder),
        ["excerpt", var folder, var file] => Excerpt.Put(folder, file) ? 0 : Refuse($"{file} has no lines {Excerpt.Begin} and {Excerpt.End}."),
        ["target", var core] => Serve(int.Parse(core)),
        ["load", .. var options] => Load(LoadOptions.FromArguments(options)),
        _ => Refuse("Use bench/compare/run, or: compare report FOLDER."),
    };

    private static int Run(string[] words)
    {
        (RunOptions? options, string? error) = RunOptions.Parse(words, new RunOptions());
        if (options is null) return Refuse(error!);

        return UntilStopped(stop =>
        {
            using Runner runner = new(options, stop);
            Comparison comparison = runner.Run();
            if (comparison.Samples.Count == 0) return Refuse("Nothing was measured: check the names after --only and --scenario.");

            Directory.CreateDirectory(options.Output);
            File.WriteAllText(Path.Combine(options.Output, Report.Json), ResultsJson.Write(comparison));
            return Render(options.Output);
        });
    }

    private static int Watch(string[] words)
    {
        (RunOptions? options, string? error) = RunOptions.Parse(words, new RunOptions { Rounds = WatchRunner.Pairs, Seconds = WatchRunner.Seconds });
        if (options is null) return Refuse(error!);
        if (options.Only is not ([] or ["epoll"] or ["sockets"])) return Refuse("watch takes one transport after --only: epoll or sockets.");

        return UntilStopped(stop =>
        {
            try
            {
                using WatchRunner runner = new(options, stop);
                WatchComparison run = runner.Run();
                if (run.Pairs.Count == 0) return Refuse("No pair was measured: see above why.");

                WatchReport.Write(run, options.Output);
                return 0;
            }
            catch (ProxyUnavailableException fault)
            {
                return Refuse(fault.Message);
            }
        });
    }

    /// <summary>An interrupt ends the measuring, and what was measured so far is reported.</summary>
    private static int UntilStopped(Func<CancellationToken, int> measure)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return measure(stop.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static int Render(string folder)
    {
        string json = File.ReadAllText(Path.Combine(folder, Report.Json));
        Report.Write(JsonSerializer.Deserialize(json, ResultsJson.Default.Comparison)!, folder);
        return 0;
    }

    private static int Serve(int core)
    {
        if (core >= 0) Libc.Pin(core);
        using Target target = new();
        Console.Out.WriteLine(target.Port);
        target.Serve();
        return 0;
    }

    private static int Load(LoadOptions options)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(LoadProcess.Run(options), ResultsJson.Default.Sample));
        return 0;
    }

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return 2;
    }
}
