using System.Buffers.Text;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Protocol.Jwt;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication.Tokens;

/// <summary>Whom tokens log in: signatures, issuers, accounts, changes of the rules.</summary>
public sealed class TokenAuthenticatorTests : IDisposable
{
    private const string Issuer = "https://issuer.example";
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _rsa.Dispose();
        _curve.Dispose();
    }

    [Fact]
    public void A_token_of_each_algorithm_logs_in()
    {
        Assert.Equal("billing", LogIn(New(), Rsa(Claims())).Login?.User);
        Assert.Equal("billing", LogIn(New(), Curve(Claims())).Login?.User);
        Assert.Equal("acme:billing:1", LogIn(New(), Curve(Claims())).Login?.Subject);
    }

    [Theory]
    [InlineData("aud", "\"other\"", JwtFault.Audience)]
    [InlineData("aud", "\"GW\"", JwtFault.Audience)]
    [InlineData("iss", "\"https://issuer.example/\"", JwtFault.Issuer)]
    [InlineData("iss", "\"https://issuer.example.evil\"", JwtFault.Issuer)]
    [InlineData("exp", "1799999970", JwtFault.Expired)]
    [InlineData("nbf", "1800000031", JwtFault.NotYet)]
    [InlineData("iat", "1800000031", JwtFault.NotYet)]
    [InlineData("app", "7.5", JwtFault.Claim)]
    [InlineData("app", "\" billing\"", JwtFault.Claim)]
    [InlineData("app", "\"\"", JwtFault.Claim)]
    public void A_wrong_claim_is_refused_whatever_signed_it(string claim, string value, object fault) =>
        Assert.Equal(fault, LogIn(New(), Rsa(Claims((claim, value)))).Fault);

    [Fact]
    public void A_damaged_signature_is_refused()
    {
        var good = Rsa(Claims());
        Assert.Equal(JwtFault.Signature, LogIn(New(), good[..^4] + (good[^4] == 'A' ? 'B' : 'A') + good[^3..]).Fault);
        Assert.Equal(JwtFault.Signature, LogIn(New(), good[..(good.LastIndexOf('.') + 1)] + "AAAA").Fault);
        Assert.Equal(JwtFault.Signature, LogIn(New(), Curve(Claims(), signature: new byte[64])).Fault);
        // The DER form that other libraries write
        Assert.Equal(JwtFault.Signature, LogIn(New(), Curve(Claims(), signature: _curve.SignData("x"u8.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))).Fault);
    }

    [Fact]
    public void A_key_verifies_only_its_own_algorithm()
    {
        Assert.Equal(JwtFault.UnknownKey, LogIn(New(), Token("""{"alg":"ES256","kid":"rsa"}""", Claims(), new byte[64])).Fault);
        Assert.Equal(JwtFault.UnknownKey, LogIn(New(), Token("""{"alg":"RS256","kid":"curve"}""", Claims(), new byte[256])).Fault);
        Assert.Equal(JwtFault.UnknownKey, LogIn(New(), Token("""{"alg":"EdDSA","kid":"rsa"}""", Claims(), new byte[64])).Fault);
        // The public key as the secret of an HMAC
        var hmac = Part("""{"alg":"HS256","kid":"rsa"}""") + "." + Part(Claims());
        Assert.Equal(JwtFault.Algorithm, LogIn(New(), hmac + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(hmac)))).Fault);
    }

    [Fact]
    public void A_key_of_one_issuer_verifies_nothing_of_another()
    {
        using var other = RSA.Create(2048);
        var authenticator = New(issuers:
        [
            new TokenIssuer(Issuer, "gw", "app", Keys(_rsa)), new TokenIssuer("https://other.example", "gw", "app", Keys(other)),
        ]);
        Assert.Equal(JwtFault.Signature, LogIn(authenticator, Rsa(Claims(("iss", "\"https://other.example\"")))).Fault);
        Assert.Equal(JwtFault.None, LogIn(authenticator, Rsa(Claims())).Fault);
    }

    [Theory]
    [InlineData("acme:billing:*", "billing")]
    [InlineData("acme:billing:1", "billing")]
    [InlineData("acme:billing", null)]
    [InlineData("acme:billing:1:*", null)]
    [InlineData("ACME:*", null)]
    public void An_account_selects_by_its_claims(string pattern, string? user)
    {
        var result = LogIn(New([new TokenAccount("billing", [new("sub", pattern)])]), Rsa(Claims()));
        Assert.Equal((user, user is null ? JwtFault.Account : JwtFault.None), (result.Login?.User, result.Fault));
    }

    [Fact]
    public void All_claims_must_match_and_the_name_alone_is_none()
    {
        Assert.Equal(JwtFault.Account, LogIn(New([new TokenAccount("billing", [new("sub", "acme:*"), new("region", "ams")])]), Rsa(Claims())).Fault);
        Assert.Equal("x", LogIn(New([new TokenAccount("x", [new("sub", "acme:*"), new("region", "ams")])]), Rsa(Claims(("region", "\"ams\"")))).Login?.User);
    }

    [Fact]
    public void Of_several_accounts_it_is_the_one_that_asks_for_most_unless_the_token_names_one()
    {
        TokenAccount[] accounts = [new("all", [new("sub", "*")]), new("acme", [new("sub", "acme:*")]), new("bills", [new("sub", "acme:billing:*")])];
        Assert.Equal("bills", LogIn(New([.. accounts]), Rsa(Claims())).Login?.User);
        Assert.Equal("acme", LogIn(New([.. accounts]), Rsa(Claims(("app", "\"acme\"")))).Login?.User);
    }

    [Fact]
    public void A_known_token_is_judged_anew_after_a_change_of_the_rules()
    {
        var (token, before) = (Rsa(Claims()), New());
        var login = LogIn(before, token).Login!;
        var after = New([new TokenAccount("billing", [new("sub", "other:*")])], last: before);
        Assert.Equal(JwtFault.Account, LogIn(after, token).Fault);
        Assert.False(after.StillProves(login));
        Assert.True(New([new TokenAccount("billing", [new("sub", "acme:*")])], last: after).StillProves(login));
        Assert.False(New([new TokenAccount("bills", [new("sub", "acme:*")])], last: after).StillProves(login));
        var audience = New(issuers: [new TokenIssuer(Issuer, "other", "app", Keys(_rsa))], last: before);
        Assert.Equal(JwtFault.Audience, LogIn(audience, token).Fault);
        Assert.False(audience.StillProves(login));
    }

    [Fact]
    public void A_known_token_ends_with_its_key_and_with_its_time()
    {
        var (token, before) = (Rsa(Claims()), New());
        Assert.Equal(JwtFault.None, LogIn(before, token).Fault);
        using var other = RSA.Create(2048);
        Assert.Equal(JwtFault.Signature, LogIn(New(issuers: [new TokenIssuer(Issuer, "gw", "app", Keys(other))], last: before), token).Fault);
        _time.Advance(TimeSpan.FromSeconds(629));
        Assert.Equal(JwtFault.None, LogIn(before, token).Fault);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(JwtFault.Expired, LogIn(before, token).Fault);
    }

    [Fact]
    public void A_bought_password_holds_as_long_as_it_says_at_every_gateway_with_the_key()
    {
        var (seller, other) = (New(), New());
        var (password, expires) = seller.Sell(LogIn(seller, Rsa(Claims())), TimeSpan.FromMinutes(5), false)!.Value;
        Assert.Equal(Start.AddMinutes(5), expires);
        Assert.InRange(password.Length, 1, 255);
        var taken = Take(other, "billing", password);
        Assert.Equal(("billing", "acme:billing:1", "token"), (taken?.User, taken?.Subject, taken?.Kind));
        Assert.Null(Take(other, "admin", password));
        Assert.Null(Take(New(key: 9), "billing", password));
        for (var i = 0; i < password.Length; i++) Assert.Null(Take(other, "billing", password[..i] + (password[i] == 'A' ? 'B' : 'A') + password[(i + 1)..]));
        for (var i = 0; i < password.Length; i++) Assert.Null(Take(other, "billing", password[..i]));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(Take(other, "billing", password));
    }

    [Theory]
    [InlineData(-600, false, 3600)]
    [InlineData(-1, false, 3600)]
    [InlineData(29, false, 3571)]
    [InlineData(-600, true, 600)]
    [InlineData(-1, true, 1)]
    [InlineData(0, true, null)]
    [InlineData(29, true, null)]
    public void A_token_s_grace_lets_it_buy_and_lengthens_nothing(int sinceItsEnd, bool endsWithToken, int? seconds)
    {
        var seller = New();
        _time.Advance(TimeSpan.FromSeconds(600 + sinceItsEnd));
        var bought = seller.Sell(LogIn(seller, Rsa(Claims())), TimeSpan.FromHours(1), endsWithToken);
        Assert.Equal(seconds, (int?)(bought?.Expires - _time.GetUtcNow())?.TotalSeconds);
        Assert.Equal(seconds is not null, bought is var (password, _) && Take(seller, "billing", password) is not null);
    }

    [Fact]
    public void A_bought_password_ends_with_the_rule_that_it_was_bought_under()
    {
        TokenAccount[] accounts = [new("billing", [new("sub", "acme:billing:*")]), new("other", [new("sub", "x")])];
        var seller = New([.. accounts]);
        var (password, _) = seller.Sell(LogIn(seller, Rsa(Claims())), TimeSpan.FromHours(9), false)!.Value;
        var login = Take(seller, "billing", password)!;
        Assert.True(New([accounts[0]]).StillProves(login));
        Assert.Null(Take(New(), "billing", password));
        Assert.Null(Take(New([new TokenAccount("billing", [new("sub", "acme:*")])]), "billing", password));
        Assert.Null(Take(New([.. accounts], issuers: [new TokenIssuer(Issuer, "other", "app", Keys(_rsa))]), "billing", password));
        Assert.Equal(Start.AddHours(1).ToUnixTimeSeconds(), login.EndsAt);
    }

    [Fact]
    public void A_long_subject_is_cut_so_that_the_password_fits()
    {
        var seller = New();
        var (password, _) = seller.Sell(LogIn(seller, Rsa(Claims(("sub", $"\"{new string('ä', 400)}\"")))), TimeSpan.FromMinutes(5), false)!.Value;
        Assert.InRange(password.Length, 200, 255);
        Assert.EndsWith("ä…", Take(seller, "billing", password)!.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_tokens_take_up_nothing_and_right_ones_little()
    {
        var authenticator = New();
        for (var i = 0; i < 3; i++) LogIn(authenticator, Rsa(Claims(("jti", $"\"{i}\""))) + "AAAA");
        var cache = new TokenCache();
        var entry = new TokenCache.Entry(LogIn(authenticator, Rsa(Claims())).Login!.Token!, SignatureKey.TryCreate(Published(_rsa))!);
        for (var i = 0; i < TokenCache.Capacity + 100; i++) cache.Add(UInt256.Of(BitConverter.GetBytes(i)), entry);
        Assert.Equal(TokenCache.Capacity, cache.Count);
        Assert.Null(cache.Find(UInt256.Of(BitConverter.GetBytes(0)), Start.ToUnixTimeSeconds()));
    }

    private TokenAuthenticator New(
        ImmutableArray<TokenAccount>? accounts = null, ImmutableArray<TokenIssuer>? issuers = null, byte key = 7, TokenAuthenticator? last = null) =>
        new(issuers ?? [new TokenIssuer(Issuer, "gw", "app", Keys(_rsa))], accounts ?? [], [.. Enumerable.Repeat(key, 32)], false, _time, last);

    private IssuerKeys Keys(RSA rsa)
    {
        var curve = _curve.ExportParameters(false);
        return new IssuerKeys([Published(rsa), new JsonWebKey("curve", JwtAlgorithm.ES256, [.. curve.Q.X!], [.. curve.Q.Y!])]);
    }

    private static JsonWebKey Published(RSA rsa)
    {
        var key = rsa.ExportParameters(false);
        return new JsonWebKey("rsa", JwtAlgorithm.RS256, [.. key.Modulus!], [.. key.Exponent!]);
    }

    private static TokenResult LogIn(TokenAuthenticator authenticator, string token)
    {
        var done = authenticator.LogInAsync(Encoding.ASCII.GetBytes(token), IPAddress.Loopback, CancellationToken.None).AsTask();
        Assert.True(done.IsCompleted);
        return done.Result;
    }

    private static TokenLogin? Take(TokenAuthenticator authenticator, string user, string password) =>
        authenticator.TakeBought(Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password));

    /// <summary>Good claims, with these in the place of some.</summary>
    private static string Claims(params ReadOnlySpan<(string Name, string Json)> others)
    {
        var claims = new Dictionary<string, string>
        {
            ["iss"] = $"\"{Issuer}\"", ["aud"] = """["x","gw"]""", ["sub"] = "\"acme:billing:1\"", ["exp"] = "1800000600", ["nbf"] = "1800000000", ["iat"] = "1800000000",
            ["app"] = "\"billing\"",
        };
        foreach (var (name, json) in others) claims[name] = json;
        return "{" + string.Join(',', claims.Select(claim => $"\"{claim.Key}\":{claim.Value}")) + "}";
    }

    private string Rsa(string claims) => Token("""{"alg":"RS256","typ":"JWT","kid":"rsa"}""", claims, signed => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private string Curve(string claims, byte[]? signature = null) =>
        Token("""{"alg":"ES256","kid":"curve"}""", claims, signed => signature ?? _curve.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    private static string Token(string header, string claims, byte[] signature) => Token(header, claims, _ => signature);

    private static string Token(string header, string claims, Func<byte[], byte[]> sign)
    {
        var signed = Part(header) + "." + Part(claims);
        return signed + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)));
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
