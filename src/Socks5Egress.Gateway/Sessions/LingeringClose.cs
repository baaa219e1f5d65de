using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>
/// The end of a connection that got no target: the reply, a FIN, then reading and discarding for up to 2 s. A socket closed with unread bytes
/// sends a reset, and a reset makes the client's kernel drop the reply.
/// </summary>
internal static class LingeringClose
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Says why, if there is a way to, and lets the client hear it. The caller closes the leg.</summary>
    public static async ValueTask SayAsync(ILeg client, IReplyWriter? replier, EndReason reason, TimeProvider time, CancellationToken stop)
    {
        // Nobody is there to hear, or has earned the wait
        if (!EndTable.Of(reason).Lingers) return;

        using var patience = new CancellationTokenSource(Patience, time);
        using var stopping = stop.UnsafeRegister(static patience => ((CancellationTokenSource)patience!).Cancel(), patience);
        replier?.Failed(client.Output, reason);
        await client.Output.FlushAsync(patience.Token);
        await client.Output.CompleteAsync();
        try
        {
            while (true)
            {
                var read = await client.Input.ReadAsync(patience.Token);
                client.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // Reset, or still talking after 2 s: it has had its answer, and that decides how the session ended
        }
    }
}
