using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.Fly.Toml;

/// <summary>The gateway's own settings in <c>[env]</c>, as far as they have to fit the rest of the file.</summary>
internal static class EnvironmentAudit
{
    private const string Prefix = "env.SOCKS5EGRESS_";
    private static readonly string[] Secrets = ["SOCKS5EGRESS_USERS", "SOCKS5EGRESS_PASSWORD", "FLY_API_TOKEN"];
    private static readonly IPNetwork[] Documentation =
        [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("2001:db8::/32")];

    public static IEnumerable<TomlFinding> Audit(TomlNode file)
    {
        if (file["env"] is not { } environment) yield break;
        foreach (var (name, node) in environment.Keys)
        {
            if (Secrets.Contains(name))
                yield return new(Severity.Critical, node.Path, node.Line, "is a secret and is kept in plain text here: remove it and run `fly secrets set " + name + "`");
            else if (name.StartsWith("FLY_", StringComparison.Ordinal))
                yield return new(Severity.Warning, node.Path, node.Line, "begins with FLY_, which Fly.io keeps for itself: choose another name");
            if (node.Kind != TomlKind.Text)
                yield return new(Severity.Warning, node.Path, node.Line, "is no string, which is all that [env] takes: put it in quotes");
        }

        foreach (var finding in Listening(file).Concat(Identity(file))) yield return finding;
    }

    /// <summary>How long draining takes at most, and the key that makes it so long; null when neither is set.</summary>
    public static (TimeSpan Drain, TomlNode Key)? Drain(TomlNode file)
    {
        var delay = file[Prefix + "Timeouts__DrainDelay"];
        var drain = file[Prefix + "Timeouts__Drain"];
        if ((drain ?? delay) is not { } key) return null;
        return (Length(drain, TimeSpan.FromSeconds(30)) + Length(delay, TimeSpan.FromMilliseconds(500)), key);
    }

    private static TimeSpan Length(TomlNode? node, TimeSpan otherwise) =>
        node is not null && DurationParser.Parse(node.Text, out var given) is null ? given : otherwise;

    private static IEnumerable<TomlFinding> Listening(TomlNode file)
    {
        if (file[Prefix + "Listen"] is { } listen && listen.Text.Split(',').All(address => address.Trim().StartsWith("127.", StringComparison.Ordinal)))
            yield return new(Severity.Warning, listen.Path, listen.Line, "is reachable from inside the Machine only: write \"[::]:1080\"");
        if (file[Prefix + "Admin"] is { } admin && admin.Text.StartsWith('['))
            yield return new(Severity.Note, admin.Path, admin.Line, "answers every app of the private network, which is IPv6: write \"0.0.0.0:9180\"");
        if (file[Prefix + "NoAuth"] is { Text: "true" } open)
            yield return new(Severity.Note, open.Path, open.Line, "lets every app of the private network through: set SOCKS5EGRESS_USERS as a secret instead");
    }

    private static IEnumerable<TomlFinding> Identity(TomlNode file)
    {
        var expect = file[Prefix + "Identity__Expect"];
        var mode = file[Prefix + "Identity__Mode"];
        if (mode is not null && mode.Text != "off" && string.IsNullOrWhiteSpace(expect?.Text))
            yield return new(Severity.Warning, mode.Path, mode.Line, "needs the addresses that `egress list` shows: set SOCKS5EGRESS_Identity__Expect");
        foreach (var text in (expect?.Text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!AddressLiteral.TryParse(text, out var address))
                yield return new(Severity.Warning, expect!.Path, expect.Line, text + " is no address: write those that `egress list` shows, with commas between");
            else if (Documentation.Any(network => network.Contains(address)))
                yield return new(Severity.Warning, expect!.Path, expect.Line, text + " is an example from the documentation: write those that `egress list` shows");
        }
    }
}
