using System.Collections.Immutable;
using System.Net;
using System.Text;
using Socks5Egress.Gateway.Authentication.Certificates;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>
/// Whom tokens log in, by the rules of one snapshot: issuers and accounts. A token of a known key is checked on the caller's thread within 100 µs;
/// one of another key waits for its issuer's keys. Wrong tokens cost their own check and keep nothing.
/// </summary>
/// <param name="issuers">One a <c>--oidc</c>; several may be of one issuer.</param>
/// <param name="accounts">The accounts that select tokens by their claims. With any, a token that matches none is refused.</param>
/// <param name="passwordKey">The key of bought passwords; 32 bytes.</param>
/// <param name="isShared">Other gateways have the same key.</param>
/// <param name="time">The clock.</param>
/// <param name="last">The one before: what was verified stays verified, and is judged anew.</param>
internal sealed class TokenAuthenticator(
    ImmutableArray<TokenIssuer> issuers, ImmutableArray<TokenAccount> accounts, byte[] passwordKey, bool isShared, TimeProvider time, TokenAuthenticator? last = null)
{
    private readonly TokenCache _cache = last?._cache ?? new();
    private readonly ImmutableArray<TokenAccount> _accounts = [.. accounts.OrderByDescending(account => account.Weight)];

    // Each rule that a bought password may be bound to, and the account that it is of
    private readonly List<(byte[] Rule, string? Account)> _rules =
    [
        .. issuers.SelectMany(issuer => accounts.IsEmpty
            ? [(TokenAccount.RuleOf(issuer, null), null)]
            : accounts.Select(account => (TokenAccount.RuleOf(issuer, account), (string?)account.Name))),
    ];

    /// <summary>The longest that a bought password holds.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromHours(1);

    /// <summary>How long one holds when nothing is said.</summary>
    public static readonly TimeSpan UsualTime = TimeSpan.FromMinutes(10);

    /// <summary>The issuers.</summary>
    public ImmutableArray<TokenIssuer> Issuers => issuers;

    /// <summary>Bought passwords are good at other gateways, too.</summary>
    public bool IsShared => isShared;

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Checks a token.</summary>
    /// <param name="text">As the client sent it. It must not change before this is done.</param>
    /// <param name="client">Where the client is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Complete at once, unless the token names a key that is not known.</returns>
    public ValueTask<TokenResult> LogInAsync(ReadOnlyMemory<byte> text, IPAddress client, CancellationToken cancellation)
    {
        if (text.Length > JsonWebToken.MaxLength) return Refused(JwtFault.TooLong);
        var (digest, now) = (UInt256.Of(text.Span), Now);
        if (_cache.Find(digest, now) is { } known && Remembered(known) is { Fault: JwtFault.None } remembered && remembered.Issuer!.Keys.Has(known.Key)) return new(remembered);
        // What can be said without a key comes first: nothing that is wrong anyway waits for one
        if (JsonWebToken.TryRead(text.Span, out var token) is var fault && fault != JwtFault.None) return Refused(fault);
        var judged = Judge(token!, now);
        if (judged.Fault != JwtFault.None) return new(judged);
        return judged.Issuer!.Keys.Find(token!.KeyId, token.Algorithm) is { } key
            ? new(Verified(token, text.Span, digest, key, judged))
            : new(WaitAsync(token, text, digest, judged, client, cancellation));
    }

    /// <summary>Whether what a token proved is proved under these rules, too.</summary>
    public bool StillProves(TokenLogin login) => login.Token is { } token
        ? JudgeWho(token) is { Fault: JwtFault.None } judged && judged.Login!.Name == login.Name
        : _rules.Any(rule => rule.Rule.AsSpan().SequenceEqual(login.Rule.Span) && (rule.Account ?? login.Name) == login.Name);

    /// <summary>A password of at most 255 bytes for what a token has proved. It ends <see cref="MostTime"/> after its token at the latest.</summary>
    /// <param name="result">What came of the token.</param>
    /// <param name="validFor">How long it holds: at most <see cref="MostTime"/>.</param>
    /// <param name="endsWithToken">It ends with the token.</param>
    /// <returns>Null when it would be over at once, since the token lives on its grace.</returns>
    public (string Password, DateTimeOffset Expires)? Sell(TokenResult result, TimeSpan validFor, bool endsWithToken)
    {
        var (login, now) = (result.Login!, Now);
        var most = (long)MostTime.TotalSeconds;
        // The grace is for clocks that differ. It lets a token buy, and takes nothing from the hour that is said of what it bought
        var expires = Math.Min(now + Math.Min((long)validFor.TotalSeconds, most), login.EndsAt + (endsWithToken ? 0 : most));
        if (expires <= now) return null;
        var rule = TokenAccount.RuleOf(result.Issuer!, _accounts.FirstOrDefault(account => account.Name == login.Name));
        var password = new BoughtPassword(rule, expires, login.Subject ?? "").Sign(passwordKey, login.Name);
        return (password, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Checks a bought password.</summary>
    /// <returns>What it proves; null when it is none of ours, is over, or its rule is not one of these.</returns>
    public TokenLogin? TakeBought(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (!BoughtPassword.TryVerify(passwordKey, user, password, out var bought) || bought!.ExpiresAt <= Now) return null;
        var login = new TokenLogin(Encoding.UTF8.GetString(user), null, bought.Rule, bought.ExpiresAt) { Subject = bought.Subject };
        return StillProves(login) ? login : null;
    }

    private static ValueTask<TokenResult> Refused(JwtFault fault) => new(new TokenResult(fault, null));

    /// <summary>Who a verified token is, asked once for each change of the rules.</summary>
    private TokenResult Remembered(TokenCache.Entry entry)
    {
        if (entry.Last is { } verdict && ReferenceEquals(verdict.By, this)) return verdict.Result;
        var result = JudgeWho(entry.Token);
        entry.Last = new TokenCache.Verdict(this, result);
        return result;
    }

    private async Task<TokenResult> WaitAsync(
        JsonWebToken token, ReadOnlyMemory<byte> text, UInt256 digest, TokenResult judged, IPAddress client, CancellationToken cancellation)
    {
        var (key, isBusy) = await judged.Issuer!.Keys.FindAsync(token.KeyId, token.Algorithm, client, cancellation);
        return key is null ? new TokenResult(JwtFault.UnknownKey, null) { IsBusy = isBusy } : Verified(token, text.Span, digest, key, judged);
    }

    private TokenResult Verified(JsonWebToken token, ReadOnlySpan<byte> text, in UInt256 digest, SignatureKey key, TokenResult judged)
    {
        if (!key.Verify(text[..token.SignedLength], token.Signature.Span)) return new TokenResult(JwtFault.Signature, null);
        _cache.Add(digest, new TokenCache.Entry(token, key) { Last = new TokenCache.Verdict(this, judged) });
        return judged;
    }

    private TokenResult Judge(JsonWebToken token, long now) =>
        JwtTimes.Judge(token, now) is var late && late != JwtFault.None ? new TokenResult(late, null) : JudgeWho(token);

    /// <summary>Everything but times and signature.</summary>
    private TokenResult JudgeWho(JsonWebToken token)
    {
        var fault = JwtFault.Issuer;
        foreach (var issuer in issuers)
        {
            if (issuer.Issuer != token.Issuer) continue;
            if (!token.Audiences.Contains(issuer.Audience))
            {
                fault = JwtFault.Audience;
                continue;
            }
            if (!token.Claims.TryGetValue(issuer.UserClaim, out var name) || !CertificateNames.IsName(name) || Encoding.UTF8.GetByteCount(name) > UserList.MaxNameBytes)
                return new TokenResult(JwtFault.Claim, null);
            if (AccountOf(token, name) is not { } account) return new TokenResult(JwtFault.Account, null);
            return new TokenResult(JwtFault.None, new TokenLogin(account, token, default, token.ExpiresAt) { Subject = token.Subject }) { Issuer = issuer };
        }
        return new TokenResult(fault, null);
    }

    /// <summary>The account by its claims, the one that the token names before others; by the name alone where no account has claims.</summary>
    private string? AccountOf(JsonWebToken token, string name)
    {
        if (_accounts.IsEmpty) return name;
        string? found = null;
        foreach (var account in _accounts)
        {
            if (!account.Matches(token.Claims)) continue;
            if (account.Name == name) return name;
            found ??= account.Name;
        }
        return found;
    }
}
