using System.Diagnostics;
using System.Globalization;

namespace Socks5Egress.Compare.Runs;

/// <summary>One line on standard error: where the run is, and how long it will go on.</summary>
internal sealed class Progress(int steps)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private int _done;
    private string _last = "";

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>About to measure this.</summary>
    public void Step(int round, string scenario, string proxy)
    {
        TimeSpan left = _done == 0 ? TimeSpan.Zero : Elapsed * ((double)(steps - _done) / _done);
        string line = string.Create(CultureInfo.InvariantCulture,
            $"{_done}/{steps}  round {round}  {scenario}  {proxy}  {Elapsed:mm\\:ss} gone, about {left:mm\\:ss} to go");
        _done++;
        // A log gets a line for each scenario, not for each proxy
        if (_terminal) Console.Error.Write($"\r\u001b[K{line}");
        else if (_last != scenario) Console.Error.WriteLine(line);
        _last = scenario;
    }

    /// <summary>Something worth a line of its own.</summary>
    public void Say(string line) => Console.Error.WriteLine(_terminal ? $"\r\u001b[K{line}" : line);
}
