using Socks5Egress.Client;

namespace Socks5Egress.Forwarding;

/// <summary>The value of <c>--via</c>: one gateway or several with commas between, and the password from the environment.</summary>
internal static class ViaText
{
    public const string PasswordVariable = "SOCKS5EGRESS_PASSWORD";

    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, IReadOnlyDictionary<string, string> environment, out IReadOnlyList<Socks5Proxy> gateways)
    {
        gateways = [];
        try
        {
            gateways = Socks5Proxy.ParseList(text, environment.GetValueOrDefault(PasswordVariable));
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }
}
