namespace Socks5Egress.Protocol.Jwt;

/// <summary>Whether a token's time is now.</summary>
internal static class JwtTimes
{
    /// <summary>How far the clocks of issuer and gateway may differ, in seconds.</summary>
    public const long Skew = 30;

    /// <param name="token">What was read.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <returns><see cref="JwtFault.None"/>, <see cref="JwtFault.Expired"/> or <see cref="JwtFault.NotYet"/>.</returns>
    public static JwtFault Judge(JsonWebToken token, long now)
    {
        // RFC 7519 section 4.1.4: "on or after which" it must not be accepted
        if (now - Skew >= token.ExpiresAt) return JwtFault.Expired;
        return token.NotBefore > now + Skew || token.IssuedAt > now + Skew ? JwtFault.NotYet : JwtFault.None;
    }
}
