using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Protocol.ProxyProtocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>Sends a target the PROXY header that it wants to see before the client's first byte.</summary>
internal static class ProxyProtocolSender
{
    /// <summary>Sends the header.</summary>
    /// <param name="target">A connection on which nothing was sent yet.</param>
    /// <param name="version">Which header; <see cref="SentHeader.Off"/> sends nothing.</param>
    /// <param name="who">The client, or null for a connection of our own, such as a check.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>False when the target broke the connection.</returns>
    public static async ValueTask<bool> SendAsync(ILeg target, SentHeader version, ClientIdentity? who, CancellationToken cancellation)
    {
        if (version == SentHeader.Off) return true;
        var span = target.Output.GetSpan(Math.Max(ProxyHeaderV1.MaxLength, ProxyHeaderV2.MaxWrittenLength));
        target.Output.Advance(version == SentHeader.Version1
            ? ProxyHeaderV1.Write(span, who?.Client, who?.Entrance)
            : ProxyHeaderV2.Write(span, who?.Client, who?.Entrance));
        try
        {
            return !(await target.Output.FlushAsync(cancellation)).IsCompleted;
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            return false;
        }
    }
}
