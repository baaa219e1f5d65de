using Socks5Egress.Client;

namespace Socks5Egress.Forwarding;

/// <summary>
/// Says on standard error what is wrong with a forward, one line each. The same line is not said again for five seconds: a pool
/// that reconnects would fill the terminal with it.
/// </summary>
internal sealed class FailureNotes(TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _said = [];

    public void Say(string about, Socks5Exception failure)
    {
        var line = $"{about}: {failure.Message}";
        lock (_lock)
        {
            if (_said.TryGetValue(line, out var at) && time.GetElapsedTime(at) < Quiet) return;
            _said[line] = time.GetTimestamp();
            error.WriteLine(line);
            error.Flush();
        }
    }
}
