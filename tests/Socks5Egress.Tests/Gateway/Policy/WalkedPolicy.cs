using System.Net;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Tests.Gateway.Policy;

/// <summary>
/// The order of judgement, written down a second time without an index, a shortcut or a bit trick: lists are read from the
/// top and addresses compared byte by byte. Slow; only there to be agreed with.
/// </summary>
internal sealed class WalkedPolicy(
    List<Rule> allow, List<Rule> deny, PolicyDefault otherwise, PolicyMode mode, IPEndPoint[] listeners, IPAddress[] interfaces)
{
    public string Judge(string? name, IPAddress address, ushort port)
    {
        var whole = JudgeOne(name, address, port);
        if (whole.StartsWith("Refused", StringComparison.Ordinal) || Inside(address) is not { } inside) return whole;
        if (listeners.Any(listener => Reaches(listener, inside, port))) return "Refused own-listener";
        if (deny.Find(rule => rule.Kind == RuleKind.Range && Matches(rule, name, inside, port, 0)) is { } denied)
            return Soft("deny:" + denied.Text, Table(inside) is null && port != 25) is var soft
                && (soft.StartsWith("Refused", StringComparison.Ordinal) || whole.StartsWith("Allowed", StringComparison.Ordinal)) ? soft : whole;
        return Table(inside) is not { } table || allow.Any(rule => rule.Kind is RuleKind.Host or RuleKind.Range && Matches(rule, name, inside, port, 25))
            ? whole
            : "Refused " + table;
    }

    private static IPAddress? Inside(IPAddress address) => address.ToString() switch
    {
        "2002:a00:1::" => IPAddress.Parse("10.0.0.1"),
        "64:ff9b::808:808" => IPAddress.Parse("8.8.8.8"),
        _ => null,
    };

    private string JudgeOne(string? name, IPAddress address, ushort port)
    {
        if (port == 0) return "Refused port-0";
        if (listeners.Any(listener => Reaches(listener, address, port))) return "Refused own-listener";
        var builtIn = Special(name) ?? Table(address);
        if (deny.Find(rule => Matches(rule, name, address, port, 0)) is { } denied)
            return Soft("deny:" + denied.Text, builtIn is null && port != 25);
        if (allow.Find(rule => rule.Kind is RuleKind.Host or RuleKind.Range && Matches(rule, name, address, port, 25)) is { } exact)
            return "Allowed allow:" + exact.Text;
        if (builtIn is not null) return "Refused " + builtIn;
        if (allow.Find(rule => Matches(rule, name, address, port, 25)) is { } wide) return "Allowed allow:" + wide.Text;
        if (port == 25) return "Refused port-25";
        return otherwise == PolicyDefault.None ? Soft("default:none", true) : "Allowed default";
    }

    private string Soft(string rule, bool mayLift) => (mode, mayLift) switch
    {
        (PolicyMode.Report, true) => "Reported " + rule,
        (PolicyMode.Open, true) => "Allowed open",
        _ => "Refused " + rule,
    };

    private static bool Matches(Rule rule, string? name, IPAddress address, ushort port, int notByAll)
    {
        if (rule.Ports is null ? port == notByAll : !rule.Ports.Contains(port)) return false;
        return rule.Kind switch
        {
            RuleKind.Any => true,
            RuleKind.Host => name == rule.Name,
            RuleKind.Suffix => name is not null && name.EndsWith("." + rule.Name, StringComparison.Ordinal),
            _ => IsIn(address, rule.Range.ToString()),
        };
    }

    private static bool IsIn(IPAddress address, string cidr)
    {
        var parts = cidr.Split('/');
        var network = EgressPolicyTests.Ip(parts[0]).GetAddressBytes();
        var bytes = address.GetAddressBytes();
        if (bytes.Length != network.Length) return false;
        for (int bit = 0; bit < int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture); bit++)
        {
            if (((bytes[bit / 8] ^ network[bit / 8]) & (0x80 >> (bit % 8))) != 0) return false;
        }

        return true;
    }

    private bool Reaches(IPEndPoint listener, IPAddress address, ushort port)
    {
        if (listener.Port != port) return false;
        var isWildcard = listener.Address.Equals(IPAddress.Any) || listener.Address.Equals(IPAddress.IPv6Any);
        return listener.Address.Equals(address) || IsIn(address, "0.0.0.0/8") || IsIn(address, "::/128")
            || (isWildcard && (IPAddress.IsLoopback(address) || interfaces.Contains(address)));
    }

    private static string? Special(string? name)
    {
        if (name == "localhost") return "special:localhost";
        var last = name?.Split('.') is { Length: > 1 } labels ? labels[^1] : null;
        return last is "localhost" or "internal" or "flycast" or "local" ? "special:*." + last : null;
    }

    private string? Table(IPAddress address) => address.ToString() switch
    {
        "10.0.0.1" or "10.1.2.3" or "10.1.2.4" or "10.1.3.4" or "192.168.7.7" => "default:private",
        "127.0.0.1" or "::1" => "default:loopback",
        "203.0.113.5" => "default:documentation",
        "0.0.0.0" or "::" => "default:unspecified",
        "fd00::5" => "default:unique-local",
        "2002:a00:1::" => "default:6to4",
        "64:ff9b::808:808" => "default:not-global",
        _ => interfaces.Contains(address) ? "default:own-interface" : null,
    };
}
