using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Relay;

/// <summary>
/// Joins any two legs through their pipes: the way for TLS, HTTP and memory legs, and the reference that the transports' own
/// relays are tested against.
/// </summary>
internal static class PipeRelay
{
    /// <summary>Runs until both directions have ended; closes both legs.</summary>
    public static Task<RelayOutcome> RunAsync(ILeg client, ILeg target, Traffic traffic, TimeProvider time, CancellationToken stop) =>
        RunAsync(client, target, traffic, time, new RelayState(client, target, traffic), stop);

    /// <summary>As above, for a leg that ends it by <paramref name="ending"/>.</summary>
    public static async Task<RelayOutcome> RunAsync(
        ILeg client, ILeg target, Traffic traffic, TimeProvider time, RelayState ending, CancellationToken stop)
    {
        await using var registration = stop.UnsafeRegister(static state => ((RelayState)state!).Stop(), ending);
        await Task.WhenAll(
            CopyAsync(client.Input, target.Output, RelaySide.Client, traffic, time, ending),
            CopyAsync(target.Input, client.Output, RelaySide.Target, traffic, time, ending));
        await client.DisposeAsync();
        await target.DisposeAsync();
        return ending.End;
    }

    private static async Task CopyAsync(PipeReader from, PipeWriter to, RelaySide source, Traffic traffic, TimeProvider time, RelayState ending)
    {
        var writing = false;
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                writing = true;
                var length = (int)read.Buffer.Length;
                if (length > 0)
                {
                    foreach (var segment in read.Buffer)
                    {
                        if (source == RelaySide.Target) traffic.SeeAnswer(segment.Span);
                        to.Write(segment.Span);
                        if (source == RelaySide.Target) traffic.SaidDown(segment.Span);
                        else traffic.SaidUp(segment.Span);
                    }
                    // Before the flush: an answer may be carried back before this thread goes on, and must look the later of the two
                    var now = time.GetTimestamp();
                    if (!ending.Writes(source)) return;
                    Hear(traffic, source, length);
                    var flush = await to.FlushAsync();
                    if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
                    Count(traffic, source, length, now);
                    ending.Written(source);
                }
                writing = false;
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            ending.Fin(source);
            writing = true;
            await to.CompleteAsync();
            Close(traffic, source, time.GetTimestamp());
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            var other = source == RelaySide.Client ? RelaySide.Target : RelaySide.Client;
            ending.Broken(writing ? other : source, fault, exception);
        }
    }

    private static void Hear(Traffic traffic, RelaySide source, int bytes)
    {
        if (source == RelaySide.Client) traffic.HeardUp(bytes);
        else traffic.HeardDown(bytes);
    }

    private static void Count(Traffic traffic, RelaySide source, int bytes, long now)
    {
        if (source == RelaySide.Client) traffic.Up(bytes, now);
        else traffic.Down(bytes, now);
    }

    private static void Close(Traffic traffic, RelaySide source, long now)
    {
        if (source == RelaySide.Client) traffic.ClosedUp(now);
        else traffic.ClosedDown(now);
    }
}
