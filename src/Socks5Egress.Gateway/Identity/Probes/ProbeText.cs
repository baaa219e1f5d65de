using System.Net;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>
/// A probe as it is configured: an <c>http</c> or <c>https</c> URL of an echo service, or <c>dns://SERVER[:PORT]/NAME</c> for a name server that answers a TXT
/// question with the asker's address.
/// </summary>
internal static class ProbeText
{
    /// <summary>When nobody says otherwise: four operators, of whom two have to agree.</summary>
    public static readonly IReadOnlyList<string> Defaults =
        ["https://api64.ipify.org", "https://icanhazip.com", "https://ifconfig.co/ip", "dns://ns1.google.com/o-o.myaddr.l.google.com"];

    private const int DnsPort = 53;
    private const int LongestLabel = 63;

    /// <returns>Null, or what is wrong, as the rest of a sentence that begins with the setting's name and a colon.</returns>
    public static string? Parse(string text, out Uri? probe)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out probe) || probe.Scheme is not ("http" or "https" or "dns") || probe.Host.Length == 0)
            return $"'{text}' is no probe; write https://HOST/PATH or dns://SERVER/NAME";
        if (probe.Scheme != "dns") return null;
        var labels = probe.AbsolutePath.Trim('/').Split('.');
        return labels.All(label => label.Length is > 0 and <= LongestLabel) ? null : $"'{text}' names no DNS name; write dns://SERVER/NAME";
    }

    /// <summary>What asks it.</summary>
    public static EgressProbe Create(Uri probe, ProbeDial dial) => probe.Scheme == "dns"
        ? new DnsWhoami(probe.Host.Trim('[', ']'), probe.Port > 0 ? probe.Port : DnsPort, probe.AbsolutePath.Trim('/'), dial).AskAsync
        : new HttpEcho(probe, dial).AskAsync;
}
