using System.Diagnostics.CodeAnalysis;

namespace Socks5Egress.Client;

/// <summary>What stands behind the question mark of <c>socks5+tls://host:port?ca=FILE&amp;cert=FILE&amp;key=FILE</c>; file names are percent-encoded.</summary>
internal static class TlsQuery
{
    /// <summary>Cuts it off the text.</summary>
    /// <returns>False when something else stands there.</returns>
    public static bool TryCut(ref string text, [NotNullWhen(true)] out Socks5Tls? tls, [NotNullWhen(false)] out string? fault)
    {
        (tls, fault) = (new Socks5Tls(), null);
        var mark = text.LastIndexOf('?');
        if (mark < 0) return true;
        foreach (var part in text[(mark + 1)..].Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var file = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
            tls = (equals < 0 ? part : part[..equals], file) switch
            {
                (_, "") => null,
                ("ca", _) => tls with { CaFile = file },
                ("cert", _) => tls with { CertificateFile = file },
                ("key", _) => tls with { KeyFile = file },
                _ => null,
            };
            if (tls is not null) continue;
            fault = "What follows the question mark of socks5+tls:// is none of ca=FILE, cert=FILE and key=FILE, with & between.";
            return false;
        }

        text = text[..mark];
        return true;
    }
}
