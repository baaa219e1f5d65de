using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Socks5Egress.Protocol.ProxyProtocol;

/// <summary>
/// The header in text (proxy-protocol.txt section 2.1), at most 107 bytes, single blanks.
/// <code>
/// PROXY TCP4 192.0.2.1 198.51.100.7 51000 1080 CR LF
/// PROXY TCP6 2001:db8::1 2001:db8::7 51000 1080 CR LF
/// PROXY UNKNOWN [ anything ] CR LF
/// </code>
/// </summary>
internal static class ProxyHeaderV1
{
    /// <summary>The longest header, in bytes, its CR LF included.</summary>
    public const int MaxLength = 107;

    internal static ReadOnlySpan<byte> Start => "PROXY "u8;

    private static ReadOnlySpan<byte> Unknown => "UNKNOWN"u8;

    /// <summary>
    /// Reads a header. <see cref="ParseFault.Syntax"/> at the first byte that is not of <c>PROXY</c>, or when a line breaks the
    /// grammar; <see cref="ParseFault.AddressType"/> for a family that is none of the three;
    /// <see cref="ParseFault.TooLarge"/> without an end in 107 bytes.
    /// </summary>
    public static Parsed<ProxyHeader> Read(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> copy = stackalloc byte[MaxLength];
        copy = copy[..(int)Math.Min(buffer.Length, MaxLength)];
        buffer.Slice(0, copy.Length).CopyTo(copy);

        var common = copy.CommonPrefixLength(Start);
        if (common < Start.Length)
            return common == copy.Length ? Parsed<ProxyHeader>.NeedMore : Parsed<ProxyHeader>.Invalid(ParseFault.Syntax);
        var end = copy.IndexOf((byte)'\n');
        if (end < 0)
            return copy.Length < MaxLength ? Parsed<ProxyHeader>.NeedMore : Parsed<ProxyHeader>.Invalid(ParseFault.TooLarge);
        if (copy[end - 1] != '\r') return Parsed<ProxyHeader>.Invalid(ParseFault.Syntax);

        var fault = Parse(copy[Start.Length..(end - 1)], out var header);
        return fault == ParseFault.None
            ? Parsed<ProxyHeader>.Done(header, buffer.GetPosition(end + 1))
            : Parsed<ProxyHeader>.Invalid(fault);
    }

    /// <summary>Writes a header.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="source">The client, or null for UNKNOWN: a connection of our own, such as a health check.</param>
    /// <param name="target">Where the client connected to. Of another family than the source, both are written as IPv6.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, IPEndPoint? source, IPEndPoint? target)
    {
        if (source is null || target is null)
        {
            "PROXY UNKNOWN\r\n"u8.CopyTo(destination);
            return 15;
        }

        var (from, to) = ProxyHeader.InOneFamily(source.Address, target.Address);
        var family = from.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        var line = string.Create(
            CultureInfo.InvariantCulture, $"PROXY {family} {from} {to} {source.Port} {target.Port}\r\n");
        return Encoding.ASCII.GetBytes(line, destination);
    }

    private static ParseFault Parse(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = default;
        var rest = line;
        var family = Next(ref rest);
        if (family.SequenceEqual(Unknown)) return ParseFault.None;
        var width = family.SequenceEqual("TCP4"u8) ? 4 : family.SequenceEqual("TCP6"u8) ? 16 : 0;
        if (width == 0) return ParseFault.AddressType;

        Span<byte> source = stackalloc byte[16], destination = stackalloc byte[16];
        var legal = AddressLiteral.Parse(Next(ref rest), source) == width
            & AddressLiteral.Parse(Next(ref rest), destination) == width
            & PortLiteral.TryParse(Next(ref rest), out var sourcePort);
        if (!legal || !PortLiteral.TryParse(rest, out var destinationPort)) return ParseFault.Syntax;

        header = new ProxyHeader(ProxyHeader.ToBits(source[..width]), sourcePort, ProxyHeader.ToBits(destination[..width]), destinationPort);
        return ParseFault.None;
    }

    // What is before the next blank; an empty word, which nothing takes, when two stand together
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var blank = rest.IndexOf((byte)' ');
        var word = blank < 0 ? rest : rest[..blank];
        rest = blank < 0 ? default : rest[(blank + 1)..];
        return word;
    }
}
