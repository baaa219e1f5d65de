namespace Socks5Egress.Fly.Toml;

/// <summary>Where metrics are scraped, and labels that Fly.io would overwrite.</summary>
internal static class MetricsAudit
{
    private const string Attributes = "OTEL_RESOURCE_ATTRIBUTES";
    private static readonly string[] Taken = ["app", "region", "host", "instance"];

    public static IEnumerable<TomlFinding> Audit(TomlNode file)
    {
        var admin = file["env.SOCKS5EGRESS_Admin"];
        foreach (var metrics in file.Tables("metrics"))
        {
            foreach (var label in metrics.All().Where(node => node != metrics && Taken.Contains(node.Path.Split('.')[^1])))
                yield return Overwritten(label, label.Path.Split('.')[^1]);
            if (admin is not null && metrics["port"] is { } port && !admin.Text.EndsWith(":" + port.Text, StringComparison.Ordinal))
                yield return new(Severity.Warning, port.Path, port.Line,
                    $"is {port.Text}, but metrics are served at {admin.Text} (SOCKS5EGRESS_Admin, line {admin.Line})");
            if (metrics["path"] is { } path && path.Text != "/metrics")
                yield return new(Severity.Warning, path.Path, path.Line, "is " + path.Text + ", but metrics are served at /metrics");
        }

        if (file["env." + Attributes] is not { } attributes) yield break;
        foreach (var name in attributes.Text.Split(',').Select(pair => pair.Split('=')[0].Trim()).Where(Taken.Contains))
            yield return Overwritten(attributes, name);
    }

    private static TomlFinding Overwritten(TomlNode node, string label) =>
        new(Severity.Warning, node.Path, node.Line, $"sets the label {label}, which Fly.io overwrites with its own: use another name");
}
