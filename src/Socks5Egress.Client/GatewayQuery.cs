using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Socks5Egress.Client;

/// <summary>
/// What follows the question mark of a gateway: <c>warm=auto|N</c> and <c>pipeline=off</c>, <c>login=SOURCE</c> and <c>audience=TEXT</c>, and with TLS <c>ca=FILE</c>, <c>cert=FILE</c> and
/// <c>key=FILE</c>; file names are percent-encoded.
/// </summary>
internal readonly record struct GatewayQuery(Socks5Tls? Tls, int? Warm, bool Pipelines)
{
    /// <summary>Where the token comes from, not judged yet; null: there is none.</summary>
    public string? Login { get; private init; }

    /// <summary>Whom the token is for; null: the gateway's host name.</summary>
    public string? Audience { get; private init; }

    private const string Own = "warm=auto, warm=N (0 to 64), pipeline=off, login=SOURCE and audience=TEXT";

    /// <summary>Cuts it off the text.</summary>
    /// <returns>False when something else stands there.</returns>
    public static bool TryCut(ref string text, bool isSecure, out GatewayQuery query, [NotNullWhen(false)] out string? fault)
    {
        (query, fault) = (new GatewayQuery(isSecure ? new Socks5Tls() : null, null, true), null);
        var mark = text.LastIndexOf('?');
        // A password may hold a question mark; without TLS no value holds an @
        if (mark < 0 || (!isSecure && mark < text.LastIndexOf('@'))) return true;
        foreach (var part in text[(mark + 1)..].Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
            if (query.With(equals < 0 ? part : part[..equals], value) is { } next)
            {
                query = next;
                continue;
            }
            fault = isSecure
                ? $"What follows the question mark of socks5+tls:// is none of ca=FILE, cert=FILE and key=FILE, {Own}, with & between."
                : $"What follows the question mark of socks5:// is none of {Own}, with & between; ca, cert and key belong to socks5+tls://.";
            return false;
        }

        text = text[..mark];
        return true;
    }

    private GatewayQuery? With(string key, string value) => (key, value) switch
    {
        (_, "") => null,
        ("warm", "auto") => this with { Warm = Socks5ClientOptions.WarmAuto },
        ("warm", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Socks5ClientOptions.MostWarm =>
            this with { Warm = count },
        ("login", _) => this with { Login = value },
        ("audience", _) => this with { Audience = value },
        ("pipeline", "off") => this with { Pipelines = false },
        ("ca", _) when Tls is not null => this with { Tls = Tls with { CaFile = value } },
        ("cert", _) when Tls is not null => this with { Tls = Tls with { CertificateFile = value } },
        ("key", _) when Tls is not null => this with { Tls = Tls with { KeyFile = value } },
        _ => null,
    };
}
