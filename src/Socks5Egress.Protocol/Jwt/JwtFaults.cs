namespace Socks5Egress.Protocol.Jwt;

/// <summary>The words for what is wrong with a token. None of them holds a part of it, nor of the configuration.</summary>
internal static class JwtFaults
{
    /// <summary>Which step of a login failed: <c>token</c>, <c>issuer</c>, <c>audience</c> or <c>account</c>.</summary>
    public static string Step(JwtFault fault) => fault switch
    {
        JwtFault.Issuer or JwtFault.UnknownKey or JwtFault.Signature => "issuer",
        JwtFault.Audience => "audience",
        JwtFault.Account => "account",
        _ => "token",
    };

    /// <summary>A whole sentence in ASCII; empty for <see cref="JwtFault.None"/>.</summary>
    public static string Sentence(JwtFault fault) => fault switch
    {
        JwtFault.None => "",
        JwtFault.TooLong => "The token is longer than 8 KiB.",
        JwtFault.Form => "The token is not three parts of base64url.",
        JwtFault.Json => "The token holds broken JSON, or a member twice.",
        JwtFault.Algorithm => "The token is signed in a way that is not taken: RS256, ES256 and EdDSA are.",
        JwtFault.Type => "The token is of another type: typ is neither JWT nor at+jwt.",
        JwtFault.Header => "The token's header brings or names a key, or has crit, b64, zip, enc or cty.",
        JwtFault.KeyId => "The token names no key (kid).",
        JwtFault.Claim => "The token lacks iss, sub, aud, exp or the claim of the user's name, or one of them has the wrong type.",
        JwtFault.Issuer => "The token's issuer (iss) is none of this gateway's --oidc.",
        JwtFault.Audience => "The token is for another audience (aud) than this gateway's --oidc says.",
        JwtFault.Expired => "The token has expired (exp).",
        JwtFault.NotYet => "The token is not valid yet (nbf, iat): compare the clocks.",
        JwtFault.UnknownKey => "The token's issuer does not publish the key that the token names (kid), or its keys could not be fetched.",
        JwtFault.Signature => "The token's signature is wrong.",
        JwtFault.Account => "The token matches no account: its claims are not those of any account's Oidc.",
        var unknown => throw new ArgumentOutOfRangeException(nameof(fault), unknown, "a fault without a sentence"),
    };
}
