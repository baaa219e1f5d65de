using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Relaying;

/// <summary>What the end of a relay is called in the log.</summary>
internal static class RelayOutcomes
{
    /// <summary>The reason of a session whose relay ended so; <see cref="EndReason.None"/> when the gateway stopped it, for a reason that it knows itself.</summary>
    public static EndReason Reason(this in RelayOutcome outcome) => outcome.Close switch
    {
        RelayClose.ClientFin => EndReason.ClientFin,
        RelayClose.TargetFin => EndReason.TargetFin,
        RelayClose.ClientReset => EndReason.ClientReset,
        RelayClose.TargetReset => EndReason.TargetReset,
        RelayClose.ClientTimedOut => EndReason.ClientTimedOut,
        RelayClose.TargetTimedOut => EndReason.TargetTimedOut,
        RelayClose.ClientTruncated => EndReason.ClientTruncated,
        RelayClose.Silent => (EndReason)outcome.Cause,
        RelayClose.Stopped => EndReason.None,
        var unknown => throw new ArgumentOutOfRangeException(nameof(outcome), unknown, "a close without a reason"),
    };
}
