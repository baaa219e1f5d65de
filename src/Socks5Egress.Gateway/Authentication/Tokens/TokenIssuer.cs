using System.Security.Cryptography;
using System.Text;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>An issuer whose tokens log in: one <c>--oidc</c>.</summary>
/// <param name="Issuer">The <c>iss</c> of its tokens, to the letter.</param>
/// <param name="Audience">One of the <c>aud</c> of each.</param>
/// <param name="UserClaim">The claim that is the user's name.</param>
/// <param name="Keys">What its tokens are verified with.</param>
internal sealed record TokenIssuer(string Issuer, string Audience, string UserClaim, IssuerKeys Keys);

/// <summary>An account that tokens log in to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Claims">What a token must say, all of it; a <c>*</c> at the end stands for any text.</param>
internal sealed record TokenAccount(string Name, IReadOnlyList<KeyValuePair<string, string>> Claims)
{
    /// <summary>How much it asks for: of several accounts that a token matches it is the one that asks for most.</summary>
    public (int Claims, int Letters) Weight => (Claims.Count, Claims.Sum(claim => claim.Value.Length - (claim.Value.EndsWith('*') ? 1 : 0)));

    /// <summary>Whether a token is this account's.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> claims)
    {
        foreach (var (name, pattern) in Claims)
        {
            if (!claims.TryGetValue(name, out var value)) return false;
            if (pattern.EndsWith('*') ? !value.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : value != pattern) return false;
        }
        return true;
    }

    /// <summary>What binds a bought password to the rule that it was bought under: when the rule is another one, it is worth nothing.</summary>
    /// <param name="issuer">Whose token bought it.</param>
    /// <param name="account">The account with claims; null: any name was as good.</param>
    public static byte[] RuleOf(TokenIssuer issuer, TokenAccount? account)
    {
        var text = new StringBuilder();
        foreach (var part in (string[])[issuer.Issuer, issuer.Audience, issuer.UserClaim, account?.Name ?? "", .. account?.Claims.OrderBy(claim => claim.Key, StringComparer.Ordinal).SelectMany(claim => (string[])[claim.Key, claim.Value]) ?? []])
            text.Append(part.Length).Append(':').Append(part);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))[..BoughtPassword.RuleLength];
    }
}
