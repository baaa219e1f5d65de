using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>The fields of the line <c>session.end</c>, in their order. Their names are part of the contract: add, do not rename.</summary>
internal static class SessionFields
{
    private static readonly (string Name, Func<SessionRecord, object?> Of)[] All =
    [
        ("id", record => record.Id),
        ("listener", record => record.Listener),
        ("client", record => record.Client.ToString()),
        ("user", record => record.User),
        ("protocol", record => record.Protocol),
        ("command", record => record.Command),
        ("target", record => record.Target?.ToString()),
        ("dialled", record => record.Dialled?.ToString()),
        ("source", record => record.Source?.ToString()),
        ("verdict", record => Word(record.Verdict)),
        ("rule", record => record.Rule),
        ("handshake_ms", record => Milliseconds(record.HandshakeTime)),
        ("dns_ms", record => Milliseconds(record.LookUpTime)),
        ("connect_ms", record => Milliseconds(record.ConnectTime)),
        ("first_byte_ms", record => Milliseconds(record.FirstByteTime)),
        ("duration_ms", record => Milliseconds(record.TotalTime)),
        ("bytes_up", record => record.Traffic.BytesUp),
        ("bytes_down", record => record.Traffic.BytesDown),
        ("end", record => record.End.ToKebab()),
        ("side", record => record.End.Side()),
        ("last_direction", record => record.LastDirection),
        ("stage", record => record.Stage),
        ("closed", record => record.End.Closed()),
        ("hint", record => EndDiagnosis.OfToken(record.End, record.TokenFault) ?? EndDiagnosis.Of(record.End, record.Traffic.Flow, record.WantsLogin)),
        ("requests", record => record.Requests == 0 ? null : record.Requests),
        ("login", record => record.Login),
        ("subject", record => record.Subject),
        ("tls_version", record => record.FirstFlightFacts?.Version),
        ("tls_sni", record => record.FirstFlightFacts?.Sni),
        ("tls_alpn", record => record.FirstFlightFacts?.Alpn),
        ("upgrade", record => record.FirstFlightFacts?.Upgrade),
        ("plaintext", record => record.FirstFlightFacts?.Plaintext),
    ];

    /// <summary>How many there are.</summary>
    public static int Count => All.Length;

    /// <summary>One of them.</summary>
    public static KeyValuePair<string, object?> Of(SessionRecord record, int index) => new(All[index].Name, All[index].Of(record));

    private static string? Word(Decision? verdict) => verdict switch
    {
        null => null,
        Decision.Allowed => "allow",
        Decision.Reported => "report",
        Decision.Refused => "deny",
        var unknown => throw new ArgumentOutOfRangeException(nameof(verdict), unknown, "a verdict without a word"),
    };

    private static double? Milliseconds(TimeSpan? took) => took is { } known ? Math.Round(known.TotalMilliseconds, 3) : null;
}
