using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity;

/// <summary>How a family is called in logs, metrics and reasons.</summary>
internal static class FamilyName
{
    public static string Of(AddressFamily family) => family == AddressFamily.InterNetwork ? "ipv4" : "ipv6";
}
