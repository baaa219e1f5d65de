using Socks5Egress.Negotiation;
using Socks5Egress.Protocol.ProxyHeader;
using Socks5Egress.Transport;

namespace Socks5Egress.StaticForwards;

/// <summary>Sends a target the PROXY header that it wants to see before the client's first byte.</summary>
internal static class ProxyGreeting
{
    /// <summary>Sends the header.</summary>
    /// <param name="target">A connection on which nothing was sent yet.</param>
    /// <param name="version">Which header; <see cref="SentHeader.Off"/> sends nothing.</param>
    /// <param name="who">The client, or null for a connection of our own, such as a check.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>False when the target broke the connection.</returns>
    public static async ValueTask<bool> SendAsync(ILeg target, SentHeader version, Introduced? who, CancellationToken cancellation)
    {
        if (version == SentHeader.Off) return true;
        var span = target.Output.GetSpan(Math.Max(Version1.MaxLength, Version2.MaxWrittenLength));
        target.Output.Advance(version == SentHeader.Version1
            ? Version1.Write(span, who?.Client, who?.Entrance)
            : Version2.Write(span, who?.Client, who?.Entrance));
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
