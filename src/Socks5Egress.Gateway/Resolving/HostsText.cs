using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>The text of <c>/etc/hosts</c>.</summary>
internal static class HostsText
{
    private static readonly System.Buffers.SearchValues<char> Blanks = System.Buffers.SearchValues.Create(" \t\r");

    /// <summary>Address, then names, then perhaps a comment; lines that are neither are skipped, as the system does.</summary>
    /// <returns>Names in lower case and their addresses in the order of writing.</returns>
    public static IReadOnlyDictionary<string, IPAddress[]> Parse(string text)
    {
        var entries = new Dictionary<string, List<IPAddress>>(StringComparer.Ordinal);
        foreach (var written in text.AsSpan().EnumerateLines())
        {
            var line = written.IndexOf('#') is var comment and >= 0 ? written[..comment] : written;
            if (!AddressLiteral.TryParse(Word(ref line), out var address)) continue;
            while (Word(ref line) is { IsEmpty: false } name) Add(entries, name.ToString().ToLowerInvariant(), address);
        }
        // Not frozen: that would take seconds of a file with 300,000 lines
        return entries.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    private static void Add(Dictionary<string, List<IPAddress>> entries, string name, IPAddress address)
    {
        if (!entries.TryGetValue(name, out var list)) entries[name] = list = new List<IPAddress>(1);
        if (!list.Contains(address)) list.Add(address);
    }

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> line)
    {
        var start = line.IndexOfAnyExcept(Blanks);
        if (start < 0) return line = [];
        line = line[start..];
        var end = line.IndexOfAny(Blanks) is var blank and >= 0 ? blank : line.Length;
        var word = line[..end];
        line = line[end..];
        return word;
    }
}
