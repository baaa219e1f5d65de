using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Socks5Egress.Gateway.Policy;

/// <summary>The ports of a rule: one, a range <c>a-b</c>, or a comma list of both; 1 to 65535.</summary>
internal sealed class PortSet
{
    private readonly (ushort First, ushort Last)[] _ranges;

    private PortSet(params (ushort First, ushort Last)[] ranges) => _ranges = ranges;

    /// <summary>What a rule without ports covers.</summary>
    public static PortSet All { get; } = new((1, 65535));

    /// <summary>What an allow rule without ports covers: mail is sent from an address with a reputation, so 25 wants to be named.</summary>
    public static PortSet AllButSmtp { get; } = new((1, 24), (26, 65535));

    /// <summary>True when some range has the port.</summary>
    public bool Contains(ushort port)
    {
        foreach (var (first, last) in _ranges)
        {
            if (port >= first && port <= last) return true;
        }

        return false;
    }

    /// <summary>Parses PORTS; the error is a whole sentence.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out PortSet? ports, [NotNullWhen(false)] out string? error)
    {
        ports = null;
        var ranges = new List<(ushort, ushort)>();
        foreach (var part in text.Split(','))
        {
            var range = text[part];
            var dash = range.IndexOf('-');
            error = TryParsePort(dash < 0 ? range : range[..dash], out var first);
            var last = first;
            if (error is null && dash >= 0) error = TryParsePort(range[(dash + 1)..], out last);
            if (error is null && last < first) error = $"the port range {range} runs backwards: write {last}-{first}";
            if (error is not null) return false;
            ranges.Add((first, last));
        }

        ports = new PortSet([.. ranges]);
        error = null;
        return true;
    }

    private static string? TryParsePort(ReadOnlySpan<char> text, out ushort port)
    {
        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return $"'{text}' is not a port: write one from 1 to 65535, a range such as 8000-8099, or a comma list";
        if (port == 0) return "port 0 is never let through: write a port from 1 to 65535";
        return text[0] == '0' ? $"the port {text} has a leading zero: write {port}" : null;
    }
}
