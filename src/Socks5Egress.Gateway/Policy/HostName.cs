using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// The first look at what a client asked for, before anything is resolved: an address, a legal host name, or neither.
/// The strictness is the point: what one parser takes for a name and another for an address (octal, hexadecimal,
/// short and zoned spellings, a NUL behind an address) passes a filter under one meaning and connects under the other.
/// </summary>
internal static class HostName
{
    /// <summary>The longest name, in bytes, without the trailing dot (RFC 1035 section 2.3.4).</summary>
    public const int MaxLength = 253;

    /// <summary>The longest label, in bytes (RFC 1035 section 2.3.1).</summary>
    public const int MaxLabelLength = 63;

    /// <summary>Names that mean this machine or this network wherever they are asked for, and the rule that refuses each.</summary>
    private static readonly (string Suffix, string Rule)[] SpecialSuffixes =
    [
        (".localhost", "special:*.localhost"),
        (".internal", "special:*.internal"),
        (".flycast", "special:*.flycast"),
        (".local", "special:*.local"),
    ];

    /// <summary>Judges a destination by its text alone. One trailing dot is dropped, nothing else is repaired.</summary>
    public static NameCheck Judge(Destination destination)
    {
        if (destination.Address is { } address) return NameCheck.Is(AddressLiteral.Canonical(address));
        var name = destination.Name ?? "";
        if (name.EndsWith('.')) name = name[..^1];
        if (AddressLiteral.TryParse(name, out var literal)) return NameCheck.Is(AddressLiteral.Canonical(literal));
        var fault = Check(name);
        if (fault is not null) return NameCheck.Refused(fault);
        // Returns the same string when there is nothing to lower
        var host = name.ToLowerInvariant();
        return NameCheck.Is(host, SpecialRule(host));
    }

    /// <summary>What is wrong with a name, as the name of the rule that refuses it, or null. No trailing dot, any case.</summary>
    public static string? Check(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty) return "name:empty";
        if (name.Length > MaxLength) return "name:too-long";
        int start = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('-' or '_')) return "name:character";
                continue;
            }

            if (i == start || i - start > MaxLabelLength) return "name:label";
            if (i < name.Length) start = i + 1;
        }

        return IsNumeric(name[start..]) ? "name:numeric" : null;
    }

    /// <summary>inet_aton takes a last label of digits, or of <c>0x…</c>, for an address; so does a URL parser.</summary>
    private static bool IsNumeric(ReadOnlySpan<char> label) =>
        !label.ContainsAnyExceptInRange('0', '9') || label.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    private static string? SpecialRule(string host)
    {
        if (host == "localhost") return "special:localhost";
        foreach (var (suffix, rule) in SpecialSuffixes)
        {
            if (host.EndsWith(suffix, StringComparison.Ordinal)) return rule;
        }

        return null;
    }
}
