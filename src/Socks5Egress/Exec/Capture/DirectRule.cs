using System.Globalization;
using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Exec.Capture;

/// <summary>Addresses that the command reaches past the gateway, from the host's network: <c>CIDR[:PORTS]</c>.</summary>
/// <param name="Network">The addresses.</param>
/// <param name="Ports">The ports.</param>
/// <param name="Listed">The ports one by one, at most <see cref="MaxListed"/>; null where there are more, or all.</param>
internal sealed record DirectRule(Cidr Network, PortSet Ports, IReadOnlyList<ushort>? Listed)
{
    /// <summary>How many ports a rule for loopback may have: each is a listener.</summary>
    public const int MaxListed = 64;

    /// <summary>One address of loopback, where the namespace has its own and the host's must be stood in for.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(First);

    /// <summary>The first address, which is the only one of a loopback rule.</summary>
    public IPAddress First => Network.Network.ToAddress();

    public bool Covers(IPEndPoint target) =>
        Network.Contains(AddressBits.Of(AddressLiteral.Canonical(target.Address))) && Ports.Contains((ushort)target.Port);

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out DirectRule? rule)
    {
        rule = null;
        var (network, ports) = Split(text);
        if (NetworkParser.Parse(network, out var range) is { } fault) return fault;
        var set = PortSet.All;
        if (ports is not null && !PortSet.TryParse(ports, out set!, out var error)) return $"'{text}': {error}";
        rule = new DirectRule(range, set!, List(ports));
        if (!rule.IsLoopback) return null;
        return range.Prefix != 128 || rule.Listed is null
            ? $"'{text}' is loopback, of which the command has its own; name one address and up to {MaxListed} ports, such as 127.0.0.1:8125"
            : null;
    }

    private static (string Network, string? Ports) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
        {
            var rest = text[(end + 1)..];
            var colon = rest.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? (text[1..end] + rest, null) : (text[1..end] + rest[..colon], rest[(colon + 1)..]);
        }

        var last = text.LastIndexOf(':');
        return last < 0 || text.IndexOf(':', StringComparison.Ordinal) != last ? (text, null) : (text[..last], text[(last + 1)..]);
    }

    private static List<ushort>? List(string? ports)
    {
        if (ports is null) return null;
        var all = new List<ushort>();
        foreach (var part in ports.Split(','))
        {
            var ends = part.Split('-');
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            var last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            if (all.Count + last - first + 1 > MaxListed) return null;
            for (var port = first; port <= last; port++) all.Add((ushort)port);
        }

        return all;
    }
}
