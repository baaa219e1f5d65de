namespace Socks5Egress.Gateway.Policy;

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

    /// <summary>The password that the user logged in with is not the stored one any more.</summary>
    public const string AccountPassword = "account:password";

    /// <summary>The client's certificate is not trusted any more.</summary>
    public const string AccountCertificate = "account:certificate";

    /// <summary>The token that the client logged in with proves nothing, or another account, by now.</summary>
    public const string AccountToken = "account:token";

    /// <summary>The token is over, and its account's sessions end with it.</summary>
    public const string TokenOver = "account:token-over";

    /// <summary>The listener is not in the configuration any more.</summary>
    public const string NoListener = "listener:none";

    /// <summary>The client is not among those that may connect any more.</summary>
    public const string Clients = "listener:clients";

    /// <summary>A PROXY header is not, or only now, what says who the client is, or not by this sender.</summary>
    public const string ProxyProtocol = "listener:proxy-protocol";

    /// <summary>The listener has got TLS, and the client came without.</summary>
    public const string Tls = "listener:tls";

    /// <summary>The listener does not serve the protocol any more.</summary>
    public const string Protocols = "listener:protocols";

    /// <summary>The command is not enabled any more.</summary>
    public const string Enable = "enable";

    /// <summary>Connections leave from another address, or by another family, by now.</summary>
    public const string Bind = "bind";

    /// <summary>The account may not be used from where the client is.</summary>
    public const string AccountClients = "account:clients";

    /// <summary>The name in the ClientHello is not the one that the client asked for.</summary>
    public const string Sni = "sni";

    /// <summary>The policy's mode is <c>open</c>.</summary>
    public const string Open = "open";

    private static readonly string[] Classes = [.. Enum.GetValues<AddressClass>().Select(kind => "default:" + AddressTable.Name(kind))];

    /// <summary><c>default:</c> and the name of the class, without building the string again.</summary>
    public static string OfClass(AddressClass kind) => Classes[(int)kind];
}
