namespace Socks5Egress.Cli;

/// <summary>What <c>--via</c> says of itself in the help of the verbs that have it.</summary>
internal static class ViaHelp
{
    /// <summary>For a verb that opens one connection.</summary>
    public const string Gateway =
        "The gateway, socks5://[user[:password]@]host:port; several with commas between; without it, SOCKS5EGRESS_VIA. The password may stand in SOCKS5EGRESS_PASSWORD";

    /// <summary>For a verb that opens many.</summary>
    public const string GatewayAndWarmth =
        Gateway + ". Behind a ?, with & between: warm=auto or warm=N, connections that stand ready after the login (0: none); pipeline=off, one handshake message at a time";
}
