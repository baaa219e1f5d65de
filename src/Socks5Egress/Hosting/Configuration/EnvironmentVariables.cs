namespace Socks5Egress.Hosting.Configuration;

/// <summary>The environment as a level of configuration: <c>SOCKS5EGRESS_Timeouts__Idle</c> is the key <c>Timeouts:Idle</c>.</summary>
internal static class EnvironmentVariables
{
    /// <summary>The configuration file, when <c>--config</c> names none.</summary>
    public const string ConfigFile = "SOCKS5EGRESS_CONFIG";

    /// <summary>The lines of a user file, with a comma or a newline between them.</summary>
    public const string Users = "SOCKS5EGRESS_USERS";

    /// <summary>The password that belongs to a <c>--via</c> URL without one.</summary>
    public const string Password = "SOCKS5EGRESS_PASSWORD";

    private const string Prefix = "SOCKS5EGRESS_";

    // These hold secrets, or say where configuration is: were they keys, --config would print them
    private static readonly string[] NoKeys = [ConfigFile, Users, Password];

    /// <summary>The level that these variables make.</summary>
    public static ConfigurationLayer Read(IReadOnlyDictionary<string, string> environment)
    {
        var layer = new ConfigurationLayer();
        foreach (var (name, text) in environment)
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || NoKeys.Contains(name)) continue;
            layer.TryAdd(name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), text, name);
        }
        return layer;
    }

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return variables;
    }
}
