using System.Diagnostics;
using System.Diagnostics.Metrics;
using Socks5Egress.Protocol;

namespace Socks5Egress.Client;

/// <summary>
/// One connection as OpenTelemetry and an <see cref="System.Diagnostics.Tracing.EventSource"/> see it, under the name <see cref="Name"/>: a span, its duration, and the sentence of a
/// failure. It costs nothing while nobody listens.
/// </summary>
internal readonly struct ConnectTelemetry : IDisposable
{
    /// <summary>The name of the meter, the activity source and the event source, each with dots or dashes as its kind has it.</summary>
    public const string Name = "Socks5Egress.Client";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>(
        "socks5egress.client.connect.duration", "s", "How long a connection through a gateway took, or how long until it failed.");

    private readonly Activity? _activity;
    private readonly Destination _target;
    private readonly long _began;

    private ConnectTelemetry(Destination target)
    {
        _target = target;
        _began = Stopwatch.GetTimestamp();
        _activity = Activities.StartActivity("socks5 connect", ActivityKind.Client);
        _activity?.SetTag("server.address", Host(target)).SetTag("server.port", (int)target.Port);
    }

    public static ConnectTelemetry Begin(Destination target) => new(target);

    public void Succeeded() => Record(null);

    public void Failed(Socks5Exception failure)
    {
        _activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", Kind(failure)).SetTag("network.peer.address", failure.Gateway);
        Record(Kind(failure));
        ClientEvents.Log.ConnectFailed(failure.Target, failure.Gateway, failure.Message, failure.IsTransient);
    }

    public void Dispose() => _activity?.Dispose();

    private void Record(string? error)
    {
        if (!Durations.Enabled) return;
        var tags = new TagList { { "server.address", Host(_target) }, { "server.port", (int)_target.Port } };
        if (error is not null) tags.Add("error.type", error);
        Durations.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, tags);
    }

    private static string Host(Destination target) => target.Name ?? target.Address!.ToString();

    /// <summary>Few words: the stage, or what the gateway answered.</summary>
    private static string Kind(Socks5Exception failure) => (failure.Reply?.ToString() ?? failure.Stage.ToString()).ToLowerInvariant();
}
