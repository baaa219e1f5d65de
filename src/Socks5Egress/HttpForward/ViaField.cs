using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Socks5Egress.HttpForward;

/// <summary>
/// Via (RFC 9110 section 7.6.3). The pseudonym is drawn at start, so that a chain of two gateways is no loop, and says nothing about this machine.
/// </summary>
internal static class ViaField
{
    public const string Name = "Via";

    private static readonly string Pseudonym = "socks5egress-" + Random.Shared.Next().ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Our entry.</summary>
    /// <param name="received">The version of the message that came in, such as <c>1.1</c>.</param>
    public static string Entry(string received) => received + " " + Pseudonym;

    /// <summary>A request that has been here already.</summary>
    public static bool NamesUs(StringValues values)
    {
        foreach (var value in values)
        {
            foreach (var entry in value.AsSpan().Split(','))
            {
                // received-protocol RWS received-by [ RWS comment ]
                var words = value.AsSpan(entry).Trim(" \t");
                var blank = words.IndexOfAny(' ', '\t');
                if (blank < 0) continue;
                var by = words[(blank + 1)..].TrimStart(" \t");
                var end = by.IndexOfAny(' ', '\t');
                if ((end < 0 ? by : by[..end]).Equals(Pseudonym, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }
        return false;
    }
}
