using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Relaying;

/// <summary>The stage that joins two legs.</summary>
internal static class Relay
{
    /// <summary>
    /// Carries bytes both ways until both directions have ended, one side breaks, or <paramref name="stop"/>. By the transport's own
    /// means where both legs are raw ones of it, through the pipes otherwise. Closes both legs.
    /// </summary>
    public static Task<RelayOutcome> RunAsync(ILeg client, ILeg target, Traffic traffic, TimeProvider time, CancellationToken stop) =>
        client.TryRelay(target, traffic, stop) ?? PipeRelay.RunAsync(client, target, traffic, time, stop);
}
