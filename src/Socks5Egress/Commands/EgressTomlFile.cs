using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Commands;

/// <summary>A fly.toml on disk: read for <c>egress audit</c>, audited by itself for <c>check FILE.toml</c>.</summary>
internal static class EgressTomlFile
{
    /// <returns>Null and what is wrong when it cannot be read or is no TOML.</returns>
    public static TomlNode? Read(string file, out string? fault)
    {
        try
        {
            var node = TomlFile.Read(File.ReadAllText(file), out var broken);
            fault = broken is null ? null : $"{file} is no TOML: {broken}";
            return node;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"{file} cannot be read: {exception.Message}";
            return null;
        }
    }

    /// <summary>Audits a file without network, one finding a line.</summary>
    /// <returns>The exit code: 1 when there is a finding beyond notes, or no TOML at all.</returns>
    public static int Check(string file, bool json, CommandContext context)
    {
        if (Read(file, out var fault) is not { } toml)
        {
            context.Error.WriteLine($"{CommandLine.Program}: {fault}");
            return ExitCode.Failed;
        }

        var findings = FlyTomlAudit.Audit(toml);
        if (json) context.Output.WriteLine(System.Text.Json.JsonSerializer.Serialize(findings, EgressJson.Default.IEnumerableTomlFinding));
        else
        {
            foreach (var finding in findings)
                context.Output.WriteLine($"{file}:{finding.Line}: {finding.Severity.ToString().ToLowerInvariant()}: {finding.Key} {finding.Sentence}");
            if (findings.Count == 0) context.Output.WriteLine($"{file}: nothing found.");
        }

        context.Output.Flush();
        return findings.Any(finding => finding.Severity > Severity.Note) ? ExitCode.Failed : ExitCode.Done;
    }
}
