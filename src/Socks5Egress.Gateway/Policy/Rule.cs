using System.Diagnostics.CodeAnalysis;

namespace Socks5Egress.Gateway.Policy;

/// <summary>What the TARGET of a rule is.</summary>
internal enum RuleKind : byte
{
    /// <summary><c>*</c>: every name and every address.</summary>
    Any,

    /// <summary>One host name.</summary>
    Host,

    /// <summary><c>*.suffix</c>: every name below the suffix, at any depth; not the suffix itself.</summary>
    Suffix,

    /// <summary>An address or a CIDR.</summary>
    Range,
}

/// <summary>
/// A RULE: <c>TARGET[:PORTS]</c>. TARGET is an address, a CIDR, a host name, <c>*.suffix</c> or <c>*</c>, an IPv6 one in
/// brackets when ports follow; PORTS is one port, a range <c>a-b</c> or a comma list. Whether it allows, denies or routes
/// is said by where it stands.
/// </summary>
internal sealed record Rule
{
    private Rule(string text, RuleKind kind, string? name, Cidr range, PortSet? ports)
    {
        Text = text;
        Kind = kind;
        Name = name;
        Range = range;
        Ports = ports;
    }

    /// <summary>As written: what logs and explanations call it.</summary>
    public string Text { get; }

    /// <summary>Which of the following counts.</summary>
    public RuleKind Kind { get; }

    /// <summary>The host, or the suffix without <c>*.</c>; lower case. Null for the other kinds.</summary>
    public string? Name { get; }

    /// <summary>The addresses of a <see cref="RuleKind.Range"/>.</summary>
    public Cidr Range { get; }

    /// <summary>The ports, or null when none were written.</summary>
    public PortSet? Ports { get; }

    /// <summary>Parses a rule; the error is one sentence that names what is wrong and how to write it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Rule? rule, [NotNullWhen(false)] out string? error)
    {
        rule = null;
        error = Split(text, out var target, out var portText, out var bracketed);
        if (error is not null) return false;
        PortSet? ports = null;
        if (portText is not null && !PortSet.TryParse(portText, out ports, out error)) return Fail(text, ref error);
        if (Cidr.TryParse(target, out var range, out error))
        {
            if (bracketed && range.IsIPv4) error = "brackets are for IPv6 addresses: write it without";
            else rule = new Rule(text, RuleKind.Range, null, range, ports);
        }
        else if (error is null)
        {
            if (bracketed) error = $"'{target}' in brackets is no IPv6 address or CIDR (zones are not supported)";
            else if (target == "*") rule = new Rule(text, RuleKind.Any, null, default, ports);
            else rule = ParseName(text, target, ports, out error);
        }

        return rule is not null || Fail(text, ref error);
    }

    /// <summary>Takes a list apart: a comma stands between rules, unless ports follow it, which belong to the rule before.</summary>
    public static IEnumerable<string> SplitList(string text)
    {
        var rule = "";
        foreach (var (at, part) in text.Split(',').Index())
        {
            if (at > 0 && ArePorts(part)) rule += "," + part.Trim();
            else if (at == 0) rule = part.Trim();
            else
            {
                yield return rule;
                rule = part.Trim();
            }
        }

        yield return rule;
    }

    private static bool ArePorts(string text) => text.Trim() is { Length: > 0 } part && part.All(letter => char.IsAsciiDigit(letter) || letter == '-');

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Rule? ParseName(string text, string target, PortSet? ports, out string? error)
    {
        var isSuffix = target.StartsWith("*.", StringComparison.Ordinal);
        var name = isSuffix ? target[2..] : target;
        if (name.EndsWith('.')) name = name[..^1];
        error = HostName.Check(name) switch
        {
            null => null,
            "name:numeric" => $"'{target}' is neither an address nor a name: an address is four decimal numbers without leading zeros",
            _ when target.Contains('/') => $"'{target}' is not a CIDR: write an address, a slash and a prefix, such as 10.0.0.0/8",
            _ when name.StartsWith('.') => $"a suffix is written *.example.com, not {target}",
            _ when name.Contains('*') => "'*' stands alone or in front of a suffix, as in *.example.com",
            _ when name.AsSpan().ContainsAnyExceptInRange('\0', '\x7f') => $"'{target}' is not ASCII: write its xn-- form",
            "name:empty" => "it has no target: write an address, a CIDR, a host name, *.suffix or *",
            "name:too-long" => $"the name is longer than {HostName.MaxLength} characters",
            "name:label" => $"'{target}' has an empty label or one longer than {HostName.MaxLabelLength} characters",
            _ => $"'{target}' has a character that no host name has: letters, digits, '-', '_' and '.' are legal",
        };
        return error is null
            ? new Rule(text, isSuffix ? RuleKind.Suffix : RuleKind.Host, name.ToLowerInvariant(), default, ports)
            : null;
    }

    private static string? Split(string text, out string target, out string? ports, out bool bracketed)
    {
        (target, ports, bracketed) = (text, null, text.StartsWith('['));
        if (bracketed)
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) return $"rule '{text}': the bracket is not closed";
            target = text[1..close];
            var rest = text[(close + 1)..];
            if (rest.StartsWith('/')) return $"rule '{text}': the prefix stands inside the brackets: write [{target}{rest.Split(':')[0]}]";
            if (rest.Length > 0 && rest[0] != ':') return $"rule '{text}': only a colon and ports may follow the bracket";
            if (rest.Length > 0) ports = rest[1..];
            return null;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        // More than one colon is an IPv6 address without brackets, and so without ports
        if (colon < 0 || text.IndexOf(':', colon + 1) >= 0) return null;
        (target, ports) = (text[..colon], text[(colon + 1)..]);
        return null;
    }

    private static bool Fail(string text, ref string? error)
    {
        error = $"rule '{text}': {error}";
        return false;
    }
}
