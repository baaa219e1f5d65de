using System.Diagnostics;
using System.Net.Sockets;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Running;

/// <summary>Runs iterations of a scenario and times them, all from one beginning.</summary>
internal sealed class IterationClock(LoadScenario scenario, LatencyRecorder recorder, long began)
{
    private TimeSpan Now => Stopwatch.GetElapsedTime(began);

    /// <summary>Iteration after iteration until the time is over.</summary>
    public async Task RepeatAsync(TimeSpan end, CancellationToken cancellation)
    {
        while (Now < end)
        {
            cancellation.ThrowIfCancellationRequested();
            await OnceAsync(Now, cancellation);
        }
    }

    /// <summary>One iteration that was due then.</summary>
    public async Task OnceAsync(TimeSpan due, CancellationToken cancellation)
    {
        var response = await TryAsync(cancellation);
        var now = Now;
        recorder.Record(now, now - due, response);
    }

    /// <summary>One that could not begin.</summary>
    public void Overflow(TimeSpan due) => recorder.Record(Now, Now - due, LoadResponse.Fail("too-many-in-flight"));

    /// <summary>Waits until that time, not at all when it is past.</summary>
    public async ValueTask UntilAsync(TimeSpan due, CancellationToken cancellation)
    {
        var wait = due - Now;
        // Timers have a millisecond's grain: what is due within it begins now, with its own due time
        if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, TimeProvider.System, cancellation);
    }

    private async Task<LoadResponse> TryAsync(CancellationToken cancellation)
    {
        try
        {
            return await scenario.Run(cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return LoadResponse.Fail(Status(exception));
        }
    }

    private static string Status(Exception exception) => exception switch
    {
        Socks5Egress.Client.Socks5Exception { Reply: { } reply } => "reply-" + Kebab(reply.ToString()),
        Socks5Egress.Client.Socks5Exception failure => "stage-" + Kebab(failure.Stage.ToString()),
        SocketException socket => Kebab(socket.SocketErrorCode.ToString()),
        { InnerException: SocketException inner } => Kebab(inner.SocketErrorCode.ToString()),
        _ => Kebab(exception.GetType().Name),
    };

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
