using System.Text.RegularExpressions;
using Socks5Egress.Configuration;

namespace Socks5Egress.Fly.Toml;

/// <summary>
/// Sends <c>[env]</c> through the loader that the gateway starts with: what it would refuse there is told here. Files and secrets are elsewhere, so
/// what depends on them is left out.
/// </summary>
internal static partial class EnvironmentLoad
{
    private const string AnyUser = "app:sha256:0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>What the loader says of variables about which nothing is said yet.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="told">What was found otherwise, in better words.</param>
    public static IEnumerable<TomlFinding> Audit(TomlNode file, IReadOnlyCollection<TomlFinding> told)
    {
        if (file["env"] is not { } table) yield break;
        var variables = table.Keys.Where(pair => pair.Value.Kind is not (TomlKind.Table or TomlKind.Array) && !NamesFile().IsMatch(pair.Key))
            .ToDictionary(pair => pair.Key, pair => pair.Value.Text, StringComparer.Ordinal);
        variables[ConfigurationLoader.FlyApp] = "app";
        // Users are a secret there, and so are not in the file
        if (!variables.Any(pair => pair.Key.Equals(NoAuth, StringComparison.OrdinalIgnoreCase) && pair.Value == "true")) variables[EnvironmentVariables.Users] = AnyUser;

        foreach (var error in ConfigurationLoader.Load(new ConfigurationLayer(), null, variables, onTerminal: false).Errors)
        {
            var colon = error.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 || !table.Keys.TryGetValue(error[..colon], out var node)) continue;
            if (told.Any(finding => finding.Key == node.Path && finding.Severity > Severity.Note)) continue;
            yield return new(Severity.Warning, node.Path, node.Line, "stops the gateway from starting: " + error[(colon + 2)..]);
        }
    }

    private const string NoAuth = "SOCKS5EGRESS_NoAuth";

    [GeneratedRegex("^SOCKS5EGRESS_(CONFIG|UsersFile|AdminTokenFile|(.*__)?Tls__(Cert|Key|ClientCa|ClientCrl|ClientUsers))$", RegexOptions.IgnoreCase)]
    private static partial Regex NamesFile();
}
