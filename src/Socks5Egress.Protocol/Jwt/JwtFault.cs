namespace Socks5Egress.Protocol.Jwt;

/// <summary>What is wrong with a token. None of the words for them holds a part of the token.</summary>
internal enum JwtFault : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Longer than <see cref="JsonWebToken.MaxLength"/>.</summary>
    TooLong,

    /// <summary>Not three parts of unpadded, canonical base64url (RFC 7515 section 3.1).</summary>
    Form,

    /// <summary>A part is not one JSON object in UTF-8, or a member stands in it twice.</summary>
    Json,

    /// <summary>The algorithm is missing or not taken.</summary>
    Algorithm,

    /// <summary><c>typ</c> says that it is something else.</summary>
    Type,

    /// <summary>The header names or brings a key of its own, or changes how it is to be read.</summary>
    Header,

    /// <summary>There is no <c>kid</c>, or it is no short text.</summary>
    KeyId,

    /// <summary>A claim that must be there is missing, or has the wrong type or range.</summary>
    Claim,

    /// <summary>The issuer is not one of those that are configured.</summary>
    Issuer,

    /// <summary>It is meant for another audience.</summary>
    Audience,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Its time has not come: <c>nbf</c> or <c>iat</c> is in the future.</summary>
    NotYet,

    /// <summary>The issuer does not publish the key that it names.</summary>
    UnknownKey,

    /// <summary>The signature is not that of the key.</summary>
    Signature,

    /// <summary>It matches no account.</summary>
    Account,
}
