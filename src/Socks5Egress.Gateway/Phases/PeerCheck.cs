using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Phases;

/// <summary>Finds peers that have vanished: they no longer acknowledge what is sent to them.</summary>
internal static class PeerCheck
{
    /// <summary>Has both connections look; the answer comes later, on their own threads.</summary>
    /// <param name="client">The client.</param>
    /// <param name="target">The target; null when there is none of the session's own.</param>
    /// <param name="traffic">What has flowed: after a long silence nothing can be unacknowledged.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="time">The clock.</param>
    /// <param name="end">Ends the session.</param>
    /// <returns>False when there was nothing to look for.</returns>
    public static bool Run(ILeg client, ILeg? target, Traffic traffic, long now, TimeProvider time, Action<EndReason> end)
    {
        var last = Math.Max(traffic.LastUp, traffic.LastDown);
        if (last == 0 || time.GetElapsedTime(last, now) > AckWatch.Horizon) return false;
        client.CheckPeer(AckWatch.Limit, static end => ((Action<EndReason>)end)(EndReason.ClientTimedOut), end);
        target?.CheckPeer(AckWatch.Limit, static end => ((Action<EndReason>)end)(EndReason.TargetTimedOut), end);
        return true;
    }
}
