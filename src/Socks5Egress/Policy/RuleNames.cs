namespace Socks5Egress.Policy;

/// <summary>The names of the rules that nobody wrote. Logs, metrics and explanations carry them: add, do not rename.</summary>
internal static class RuleNames
{
    /// <summary>Mail between servers: an open relay for spam costs the egress address its reputation.</summary>
    public const ushort Smtp = 25;

    public const string PortZero = "port-0";
    public const string PortSmtp = "port-25";
    public const string OwnListener = "own-listener";
    public const string DefaultNone = "default:none";
    public const string Default = "default";

    /// <summary>The user is there no more, or a login is asked for that was not when the client came.</summary>
    public const string NoAccount = "account:none";

    /// <summary>The account may not be used from where the client is.</summary>
    public const string AccountClients = "account:clients";

    /// <summary>The policy's mode is <c>open</c>.</summary>
    public const string Open = "open";

    private static readonly string[] Classes = [.. Enum.GetValues<AddressClass>().Select(kind => "default:" + AddressTable.Name(kind))];

    /// <summary><c>default:</c> and the name of the class, without building the string again.</summary>
    public static string OfClass(AddressClass kind) => Classes[(int)kind];
}
