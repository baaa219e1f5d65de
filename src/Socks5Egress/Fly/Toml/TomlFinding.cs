namespace Socks5Egress.Fly.Toml;

/// <summary>How bad a finding is. A note alone leaves the exit code at 0.</summary>
internal enum Severity : byte
{
    Note,
    Warning,
    Critical,
}

internal static class Severities
{
    /// <summary>As it is printed.</summary>
    public static string ToText(this Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.Warning => "warning",
        _ => "note",
    };
}

/// <summary>One thing that is wrong in a fly.toml.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Key">The key's own name with its tables, such as <c>deploy.strategy</c>.</param>
/// <param name="Line">Where it stands, from 1; 1 for a key that is missing.</param>
/// <param name="Sentence">What happens because of it, and what to write instead.</param>
internal sealed record TomlFinding(Severity Severity, string Key, int Line, string Sentence);
