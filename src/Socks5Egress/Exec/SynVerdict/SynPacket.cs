using System.Buffers.Binary;
using System.Net;

namespace Socks5Egress.Exec.SynVerdict;

/// <summary>A SYN as it stands in a packet: who asks for what. One that is sent again is equal to the first.</summary>
/// <param name="From">The command's end.</param>
/// <param name="To">What it asked for, before anything was rewritten.</param>
/// <param name="Sequence">Tells a new connection from an old one of the same ports.</param>
internal sealed record SynPacket(IPEndPoint From, IPEndPoint To, uint Sequence)
{
    private const int V4Length = 20, V6Length = 40, TcpLength = 20;
    private const byte Tcp = 6;

    // Extension headers of IPv6 that may stand before TCP (RFC 8200 section 4): hop-by-hop, routing, destination options
    private const byte HopByHop = 0, Routing = 43, Options = 60;

    /// <summary>Reads an IP packet from its first byte.</summary>
    /// <returns>Null when there is no whole TCP header in it.</returns>
    public static SynPacket? Read(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < V4Length) return null;
        return (packet[0] >> 4) switch
        {
            4 when packet[9] == Tcp => Read(packet, packet[12..16], packet[16..20], (packet[0] & 0xf) * 4),
            6 when packet.Length >= V6Length && FindTcp(packet) is { } at => Read(packet, packet[8..24], packet[24..40], at),
            _ => null,
        };
    }

    private static SynPacket? Read(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int tcp)
    {
        if (tcp < V4Length || packet.Length < tcp + TcpLength) return null;
        var header = packet[tcp..];
        return new SynPacket(
            new IPEndPoint(new IPAddress(from), BinaryPrimitives.ReadUInt16BigEndian(header)),
            new IPEndPoint(new IPAddress(to), BinaryPrimitives.ReadUInt16BigEndian(header[2..])),
            BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
    }

    private static int? FindTcp(ReadOnlySpan<byte> packet)
    {
        var next = packet[6];
        var at = V6Length;
        while (next is HopByHop or Routing or Options && at + 8 <= packet.Length)
        {
            next = packet[at];
            at += (packet[at + 1] + 1) * 8;
        }

        return next == Tcp ? at : null;
    }
}
