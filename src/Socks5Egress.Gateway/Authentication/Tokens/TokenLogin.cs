using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>A token, or a password that one has bought.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Token">What the token says, for a change of the rules; null for a bought password.</param>
/// <param name="Rule">The rule that a bought password is bound to; empty for a token.</param>
/// <param name="EndsAt">When what was shown is over, in seconds since 1970.</param>
internal sealed record TokenLogin(string Name, JsonWebToken? Token, ReadOnlyMemory<byte> Rule, long EndsAt) : Login(Name)
{
    /// <inheritdoc/>
    public override string Kind => "token";

    /// <summary>What it shows is not what a reader of a log may use: no member of it is printed.</summary>
    public override string ToString() => "token of " + Name;
}

/// <summary>What came of a token.</summary>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="Login">What it proves; null when something is wrong.</param>
internal readonly record struct TokenResult(JwtFault Fault, TokenLogin? Login)
{
    /// <summary>More logins wait for keys than there is room for: not checked.</summary>
    public bool IsBusy { get; init; }

    /// <summary>The issuer's <c>--oidc</c>; null when something is wrong.</summary>
    public TokenIssuer? Issuer { get; init; }
}
