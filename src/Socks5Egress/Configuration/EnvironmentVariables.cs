using System.Text.RegularExpressions;

namespace Socks5Egress.Configuration;

/// <summary>The environment as a level of configuration: <c>SOCKS5EGRESS_Timeouts__Idle</c> is the key <c>Timeouts:Idle</c>.</summary>
internal static partial class EnvironmentVariables
{
    /// <summary>The configuration file, when <c>--config</c> names none.</summary>
    public const string ConfigFile = "SOCKS5EGRESS_CONFIG";

    /// <summary>The lines of a user file, with a comma or a newline between them.</summary>
    public const string Users = "SOCKS5EGRESS_USERS";

    /// <summary>The password that belongs to a <c>--via</c> URL without one.</summary>
    public const string Password = "SOCKS5EGRESS_PASSWORD";

    /// <summary>The gateways of the client's verbs, when <c>--via</c> names none.</summary>
    public const string Via = "SOCKS5EGRESS_VIA";

    /// <summary>The admin address of a running gateway, for the verbs that ask one.</summary>
    public const string AskedAdmin = "SOCKS5EGRESS_ADMIN";

    /// <summary>The token of <c>login=gitlab</c>.</summary>
    public const string IdToken = "SOCKS5EGRESS_ID_TOKEN";

    /// <summary>What the names of all of them begin with.</summary>
    public const string Prefix = "SOCKS5EGRESS_";

    // These hold secrets, or say where configuration is: were they keys, check would print them
    private static readonly string[] NoKeys = [ConfigFile, Users, Password, Via, AskedAdmin, IdToken];

    // What this project's own tests are told
    private static readonly string[] OfTests =
        ["SOCKS5EGRESS_LONG", "SOCKS5EGRESS_WRITE_DOCS", "SOCKS5EGRESS_TRANSPORTS", "SOCKS5EGRESS_CORES", "SOCKS5EGRESS_EXE"];

    /// <summary>The variables that are no keys of the configuration.</summary>
    public static IReadOnlyList<string> ReadDirectly => NoKeys;

    /// <summary>The level that these variables make.</summary>
    public static ConfigurationLayer Read(IReadOnlyDictionary<string, string> environment)
    {
        var layer = new ConfigurationLayer { IsEnvironment = true };
        foreach (var (name, text) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (NoKeys.Contains(name) || OfTests.Contains(name) || ServiceLink().IsMatch(name)) continue;
            var key = name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            if (!layer.TryAdd(key, text, name) && layer.TryGet(key, out ConfigurationValue other) && other.Text != text)
                layer.Faults.Add($"{name}: {other.WrittenAs} is the same setting with another value; remove one of them");
        }
        return layer;
    }

    /// <summary>Kubernetes says in variables of such names where a service called socks5egress is: nobody has written them.</summary>
    [GeneratedRegex("^SOCKS5EGRESS_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$")]
    private static partial Regex ServiceLink();

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return variables;
    }
}
