namespace Socks5Egress.Fly.Toml;

/// <summary>Durations without a unit, or with one that cannot be meant. A bare number is milliseconds in checks.</summary>
internal static class UnitAudit
{
    private static readonly string[] CheckTables = ["checks", "http_checks", "tcp_checks"];
    private static readonly string[] CheckKeys = ["interval", "timeout", "grace_period"];
    private static readonly string[] DeployKeys = ["wait_timeout", "release_command_timeout"];

    public static IEnumerable<TomlFinding> Audit(TomlNode file)
    {
        foreach (var node in file.All())
        {
            var keys = node.Path.Split('.');
            var key = keys[^1];
            if (keys is ["deploy", _] && DeployKeys.Contains(key))
            {
                if (Slip(node, "s") is { } deploy) yield return deploy;
            }
            else if (CheckKeys.Contains(key) && keys[..^1].Any(CheckTables.Contains))
            {
                if ((Slip(node, "ms") ?? Range(node, key)) is { } check) yield return check;
            }
        }
    }

    private static TomlFinding? Slip(TomlNode node, string meant) => node.Kind switch
    {
        TomlKind.Integer when meant == "ms" => new(
            Severity.Warning, node.Path, node.Line, $"has no unit: {node.Text} is milliseconds here; write \"{node.Text}s\" if seconds are meant"),
        TomlKind.Integer => new(Severity.Warning, node.Path, node.Line, $"has no unit: write \"{node.Text}{meant}\""),
        _ => GoDuration.TryParse(node.Text, out _) ? null : new(
            Severity.Warning, node.Path, node.Line, $"is no duration: \"{node.Text}\" lacks a unit or has an unknown one; write for instance \"15s\""),
    };

    private static TomlFinding? Range(TomlNode node, string key)
    {
        if (!GoDuration.TryParse(node.Text, out var given)) return null;
        if (key == "interval" && given < TimeSpan.FromSeconds(2))
            return new(Severity.Warning, node.Path, node.Line, "is shorter than the 2 s that Fly.io allows: write \"15s\"");
        if (key == "timeout" && given > TimeSpan.FromSeconds(60))
            return new(Severity.Warning, node.Path, node.Line, "is longer than the 60 s that Fly.io allows: write \"5s\"");
        return null;
    }
}
