using Socks5Egress.Transport;

namespace Socks5Egress.Gateway;

/// <summary>From transport faults to reasons.</summary>
internal static class ClientFaults
{
    /// <summary>The reason of a session whose client's connection failed so.</summary>
    public static EndReason OfClient(this LegFault fault) => fault switch
    {
        LegFault.TimedOut => EndReason.ClientTimedOut,
        LegFault.Truncated => EndReason.ClientTruncated,
        _ => EndReason.ClientReset,
    };
}
