namespace Socks5Egress.Protocol.Http;

/// <summary>What a 407 asks for.</summary>
internal enum ProxyChallenge : byte
{
    /// <summary>Basic credentials (RFC 7617).</summary>
    Basic,

    /// <summary>Basic credentials, or a token (RFC 6750).</summary>
    BasicOrBearer,

    /// <summary>Another token than the one that was sent, or Basic credentials.</summary>
    InvalidToken,
}

/// <summary>The fields that say so.</summary>
internal static class ProxyChallenges
{
    private static ReadOnlySpan<byte> Basic => "Proxy-Authenticate: Basic realm=\"socks5egress\", charset=\"UTF-8\"\r\n"u8;

    private static ReadOnlySpan<byte> BasicOrBearer =>
        "Proxy-Authenticate: Basic realm=\"socks5egress\", charset=\"UTF-8\"\r\nProxy-Authenticate: Bearer realm=\"socks5egress\"\r\n"u8;

    // One that has sent a token reads the first field, which says what is wrong with it (RFC 6750 section 3.1)
    private static ReadOnlySpan<byte> InvalidToken =>
        "Proxy-Authenticate: Bearer error=\"invalid_token\"\r\nProxy-Authenticate: Basic realm=\"socks5egress\", charset=\"UTF-8\"\r\n"u8;

    /// <summary>Whole field lines.</summary>
    public static ReadOnlySpan<byte> Lines(ProxyChallenge challenge) => challenge switch
    {
        ProxyChallenge.BasicOrBearer => BasicOrBearer,
        ProxyChallenge.InvalidToken => InvalidToken,
        _ => Basic,
    };
}
