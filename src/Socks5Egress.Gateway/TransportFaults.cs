using Socks5Egress.Transport;

namespace Socks5Egress.Gateway;

/// <summary>The one mapping from transport faults to reasons.</summary>
internal static class TransportFaults
{
    /// <summary>The reason of a session whose client's connection failed so.</summary>
    public static EndReason OfClient(this LegFault fault) => fault switch
    {
        LegFault.Reset or LegFault.Aborted => EndReason.ClientReset,
        LegFault.TimedOut => EndReason.ClientTimedOut,
        LegFault.Truncated => EndReason.ClientTruncated,
        var unknown => throw new ArgumentOutOfRangeException(nameof(fault), unknown, "a fault without a reason"),
    };

    /// <summary>The reason of a session whose target's connection failed so.</summary>
    public static EndReason OfTarget(this LegFault fault) => fault switch
    {
        LegFault.Reset or LegFault.Aborted or LegFault.Truncated => EndReason.TargetReset,
        LegFault.TimedOut => EndReason.TargetTimedOut,
        var unknown => throw new ArgumentOutOfRangeException(nameof(fault), unknown, "a fault without a reason"),
    };
}
