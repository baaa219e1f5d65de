using System.Net.Sockets;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A counted number of bytes, received straight into the other leg's output: one copy fewer than through both pipes. The package's receive loop
/// waits meanwhile, because its last bytes are not examined, so that nobody else receives. See <see cref="ILeg.TryCarry"/>.
/// </summary>
internal static class SocketsCarry
{
    private const int Chunk = 64 * 1024;

    public static async Task<Carried> RunAsync(
        SocketsLeg from, SocketsLeg to, long count, RelaySide source, Traffic traffic, TimeProvider time, CancellationToken stop)
    {
        var (carried, writing) = (0L, false);
        try
        {
            while (carried < count)
            {
                // Waits without a buffer
                await from.WaitAsync(stop);
                writing = true;
                var buffer = to.Output.GetMemory(Chunk);
                writing = false;
                var received = await from.ReceiveAsync(buffer[..(int)Math.Min(buffer.Length, count - carried)], stop);
                if (received == 0) return new Carried(carried, CarryEnd.Fin, default);
                writing = true;
                to.Output.Advance(received);
                // Before the flush, as an answer may be carried back before this thread goes on
                if (source == RelaySide.Client) traffic.HeardUp(received);
                else traffic.HeardDown(received);
                var flush = await to.Output.FlushAsync(CancellationToken.None);
                if (flush.IsCompleted) throw new SocketException((int)SocketError.ConnectionReset);
                if (source == RelaySide.Client) traffic.Up(received, time.GetTimestamp());
                else traffic.Down(received, time.GetTimestamp());
                carried += received;
                writing = false;
            }
            return new Carried(carried, CarryEnd.Whole, default);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new Carried(carried, CarryEnd.Stopped, default);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            return new Carried(carried, writing ? CarryEnd.ReceiverBroke : CarryEnd.SenderBroke, fault);
        }
    }
}
