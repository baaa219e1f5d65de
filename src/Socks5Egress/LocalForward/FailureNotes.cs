using System.Net;
using Socks5Egress.Client;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.LocalForward;

/// <summary>
/// Says on standard error what is wrong with a forward, one line each. The same line is not said again for five seconds: a pool
/// that reconnects would fill the terminal with it.
/// </summary>
internal sealed class FailureNotes(TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _said = [];

    /// <summary>There is no way to the target.</summary>
    public void Say(string about, Socks5Exception failure) => Say($"{about}: {failure.Message}");

    /// <summary>Somebody connected who may not.</summary>
    public void Say(string about, IPAddress client) => Say($"{about}: {client} may not connect; --clients names those who may");

    /// <summary>A connection was carried, and its end looks like something to mend.</summary>
    public void Say(string about, ConnectionFlow flow)
    {
        var end = (flow.EndedBy, flow.WasReset) switch
        {
            (null, _) => EndReason.None,
            (ConnectionSide.Client, false) => EndReason.ClientFin,
            (ConnectionSide.Client, true) => EndReason.ClientReset,
            (_, false) => EndReason.TargetFin,
            _ => EndReason.TargetReset,
        };
        var seen = new TrafficShape(
            flow.BytesUp, flow.BytesDown, flow.UpBeforeDown, flow.FirstDownBytes, flow.DownBefore, flow.LastTurn, flow.DownSince, flow.Turns);
        if (EndDiagnosis.Of(end, seen) is { } hint) Say($"{about}: {hint}");
    }

    /// <summary>Something else to mend.</summary>
    public void Say(string about, string sentence) => Say($"{about}: {sentence}");

    private void Say(string line)
    {
        lock (_lock)
        {
            if (_said.TryGetValue(line, out var at) && time.GetElapsedTime(at) < Quiet) return;
            _said[line] = time.GetTimestamp();
            error.WriteLine(line);
            error.Flush();
        }
    }
}
