using System.Collections.Immutable;
using System.Globalization;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Configuration;

/// <summary>Targets that clients name in their ClientHello: <c>sni:PATTERN[:PORT]</c>.</summary>
internal static class SniTargets
{
    /// <summary>In front of the first of them.</summary>
    public const string Prefix = "sni:";

    private const ushort MySqlPort = 3306;
    private const int Most = 1000;

    private const string MySql =
        "MySQL and MariaDB cannot be found by name: the server speaks first there, before a client has said which one it wants. Give each server a forward of its own, without sni:";

    /// <summary>A host name or <c>*.suffix</c>, and perhaps a port.</summary>
    /// <param name="text">What is written, without <see cref="Prefix"/>.</param>
    /// <param name="port">Where none is written; null: it has to be.</param>
    /// <param name="target">The pattern.</param>
    public static string? Parse(string text, ushort? port, out ForwardTarget target)
    {
        target = default;
        if (!Rule.TryParse(text, out var rule, out var error)) return $"'{text}' is no name to find a server by: {error}";
        if (rule.Kind is not (RuleKind.Host or RuleKind.Suffix)) return $"'{text}' is no name to find a server by: write a host name or *.suffix, as addresses stand in no ClientHello";
        if (rule.Ports is null && port is null) return $"'{text}' has no port, and the listener's is chosen at the start: write {text}:PORT";
        var written = port ?? 0;
        if (rule.Ports is not null && !ushort.TryParse(text.AsSpan(text.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out written))
            return $"'{text}' has several ports: a server has one";
        var name = rule.Kind == RuleKind.Suffix ? "*." + rule.Name : rule.Name!;
        if (!Rule.TryParse(string.Create(CultureInfo.InvariantCulture, $"{name}:{written}"), out var exact, out error)) return $"'{text}': {error}";
        target = new ForwardTarget(Destination.Of(name, written), exact, IsName: true);
        return null;
    }

    /// <summary>What is wrong with all targets of one forward together, or null.</summary>
    /// <param name="targets">All of them.</param>
    /// <param name="listen">The forward's port.</param>
    /// <param name="preset">The forward's preset; null without one.</param>
    public static string? Fault(ImmutableArray<ForwardTarget> targets, int listen, ForwardPreset? preset)
    {
        if (!targets.Any(target => target.IsName)) return ForwardParser.TooMany(targets.Length);
        if (targets.Any(target => !target.IsName)) return "some targets have sni: and some have not: a forward has either fixed servers or names";
        if (targets.Length > Most) return $"there are {targets.Length} names; {Most} are the most, and *.suffix covers any number";
        return preset?.Name == "mysql" || listen == MySqlPort || targets.Any(target => target.Destination.Port == MySqlPort) ? MySql : null;
    }

    /// <summary>What finds the servers; null where they are fixed.</summary>
    public static SniNames? Names(ImmutableArray<ForwardTarget> targets) => targets is [{ IsName: true }, ..]
        ? new SniNames([.. targets.Select(target => target.Rule)], [.. targets.Select(target => target.Destination.Port)])
        : null;
}
