using System.IO.Pipelines;
using System.Net.Sockets;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// One pipe a direction: what the client's connection has received is sent straight to the target's socket, and what the target
/// sends is received straight into the client's output.
/// </summary>
internal static class SocketsRelay
{
    private const int Chunk = 32 * 1024;

    public static async Task<RelayOutcome> RunAsync(
        SocketsLeg client, SocketsLeg target, Traffic traffic, TimeProvider time, RelayState ending, CancellationToken stop)
    {
        using var watch = new StalledWriteWatch(client, target, ending);
        await using var registration = stop.UnsafeRegister(static state => ((RelayState)state!).Stop(), ending);
        await Task.WhenAll(
            UpAsync(client.Input, target.Socket, traffic, time, ending, watch),
            DownAsync(target, client.Output, traffic, time, ending, watch));
        await client.DisposeAsync();
        await target.DisposeAsync();
        return ending.End;
    }

    private static async Task UpAsync(
        PipeReader from, Socket to, Traffic traffic, TimeProvider time, RelayState ending, StalledWriteWatch watch)
    {
        var writing = false;
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                writing = true;
                foreach (var segment in read.Buffer)
                {
                    // The end of input comes as one empty segment, which is no traffic
                    if (segment.IsEmpty) continue;
                    // Taken before the send: the answer may be carried back before this thread goes on, and must look the later of the two
                    var now = time.GetTimestamp();
                    if (!ending.Writes(RelaySide.Client)) return;
                    traffic.SaidUp(segment.Span);
                    traffic.HeardUp(segment.Length);
                    var sent = 0;
                    while (sent < segment.Length)
                    {
                        var sending = to.SendAsync(segment[sent..]);
                        if (sending.IsCompleted)
                        {
                            sent += await sending;
                            continue;
                        }
                        watch.Blocked(RelaySide.Client);
                        sent += await sending;
                        watch.Flows(RelaySide.Client);
                        now = time.GetTimestamp();
                    }
                    traffic.Up(segment.Length, now);
                    ending.Written(RelaySide.Client);
                }
                writing = false;
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            ending.Fin(RelaySide.Client);
            writing = true;
            to.Shutdown(SocketShutdown.Send);
            traffic.ClosedUp(time.GetTimestamp());
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            ending.Broken(writing ? RelaySide.Target : RelaySide.Client, fault, exception);
        }
    }

    private static async Task DownAsync(
        SocketsLeg from, PipeWriter to, Traffic traffic, TimeProvider time, RelayState ending, StalledWriteWatch watch)
    {
        var writing = false;
        try
        {
            while (true)
            {
                // Waits without a buffer: an idle session holds none
                await from.WaitAsync();
                writing = true;
                var buffer = to.GetMemory(Chunk);
                writing = false;
                var received = await from.ReceiveAsync(buffer);
                if (received == 0) break;
                if (!ending.Writes(RelaySide.Target)) return;
                writing = true;
                traffic.SeeAnswer(buffer.Span[..received]);
                to.Advance(received);
                traffic.SaidDown(buffer.Span[..received]);
                traffic.HeardDown(received);
                var flushing = to.FlushAsync();
                var blocked = !flushing.IsCompleted;
                if (blocked) watch.Blocked(RelaySide.Target);
                var flush = await flushing;
                if (blocked) watch.Flows(RelaySide.Target);
                if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
                traffic.Down(received, time.GetTimestamp());
                ending.Written(RelaySide.Target);
                writing = false;
            }
            ending.Fin(RelaySide.Target);
            writing = true;
            await to.CompleteAsync();
            traffic.ClosedDown(time.GetTimestamp());
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            ending.Broken(writing ? RelaySide.Client : RelaySide.Target, fault, exception);
        }
    }
}
