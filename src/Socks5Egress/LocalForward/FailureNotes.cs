using System.Net;
using Microsoft.Extensions.Logging;
using Socks5Egress.Client;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.LocalForward;

/// <summary>
/// Reports what is wrong with a forward, one line each. The same line is not repeated for five seconds: a pool
/// that reconnects would fill the terminal with it.
/// </summary>
internal sealed class FailureNotes(ForwardLog log, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _said = [];

    /// <summary>The target was not reached.</summary>
    public void Say(string about, Socks5Exception failure) => Say("forward.failed", about, failure.Message);

    /// <summary>A client was turned away.</summary>
    public void Say(string about, IPAddress client) => Say("forward.client-refused", about, $"{client} may not connect; list it in --clients to allow it");

    /// <summary>A connection was carried, and the way it ended hints at a fault.</summary>
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
        if (EndDiagnosis.Of(end, seen) is { } hint) Say("forward.hint", about, hint);
    }

    /// <summary>Another fault.</summary>
    public void Say(string about, string sentence) => Say("forward.hint", about, sentence);

    private void Say(string name, string about, string sentence)
    {
        var line = about + ": " + sentence;
        lock (_lock)
        {
            if (_said.TryGetValue(line, out var at) && time.GetElapsedTime(at) < Quiet) return;
            _said[line] = time.GetTimestamp();
            log.Write(LogLevel.Warning, name, about, sentence);
        }
    }
}
