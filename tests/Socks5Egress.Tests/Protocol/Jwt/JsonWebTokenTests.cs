using System.Buffers.Text;
using System.Text;
using Socks5Egress.Protocol.Jwt;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Jwt;

/// <summary>The reader of tokens: what RFC 7515 and RFC 7519 have, and nothing that can be read in two ways.</summary>
public sealed class JsonWebTokenTests
{
    internal const string Header = """{"alg":"RS256","typ":"JWT","kid":"one"}""";
    internal const string Payload = """{"iss":"https://issuer.example","aud":"gw","sub":"acme:billing:1","exp":2000,"nbf":1000,"iat":1000,"app":"billing"}""";

    /// <summary>What is wrong, the header, the claims, and the third part.</summary>
    public static TheoryData<object, string, string, string> Bad => new()
    {
        { JwtFault.Algorithm, """{"alg":"none","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"None","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"HS256","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"RS384","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"PS256","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"ES384","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":"rs256","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"alg":["RS256"],"kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Algorithm, """{"kid":"one"}""", Payload, "c2ln" },
        { JwtFault.KeyId, """{"alg":"RS256"}""", Payload, "c2ln" },
        { JwtFault.KeyId, """{"alg":"RS256","kid":""}""", Payload, "c2ln" },
        { JwtFault.KeyId, """{"alg":"RS256","kid":7}""", Payload, "c2ln" },
        { JwtFault.KeyId, """{"alg":"RS256","kid":"a\nb"}""", Payload, "c2ln" },
        { JwtFault.KeyId, $$"""{"alg":"RS256","kid":"{{new string('k', 257)}}"}""", Payload, "c2ln" },
        { JwtFault.Type, """{"alg":"RS256","kid":"one","typ":"JWE"}""", Payload, "c2ln" },
        { JwtFault.Type, """{"alg":"RS256","kid":"one","typ":null}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","crit":["exp"]}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","crit":[]}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","b64":true}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","jwk":{"kty":"RSA"}}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","jku":"https://evil.example/keys"}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","x5u":"https://evil.example/cert"}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","x5c":["AA=="]}""", Payload, "c2ln" },
        { JwtFault.Header, """{"alg":"RS256","kid":"one","cty":"JWT"}""", Payload, "c2ln" },
        { JwtFault.Json, """{"alg":"RS256","alg":"none","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Json, """{"alg":"RS256","\u0061lg":"none","kid":"one"}""", Payload, "c2ln" },
        { JwtFault.Json, """["RS256"]""", Payload, "c2ln" },
        { JwtFault.Json, """{"alg":"RS256","kid":"one",}""", Payload, "c2ln" },
        { JwtFault.Json, """{"alg":"RS256","kid":"one"} {}""", Payload, "c2ln" },
        { JwtFault.Json, Header, """{"iss":"a","sub":"s","sub":"t","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Json, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2000,"deep":{"a":1,"a":2}}""", "c2ln" },
        { JwtFault.Json, Header, """{"iss":"a","sub":"\ud800","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Json, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2000 /* c */}""", "c2ln" },
        { JwtFault.Json, Header, "{\"iss\":\"a\",\"sub\":\"s\",\"aud\":\"gw\",\"exp\":2000,\"n\":" + new string('[', 40) + new string(']', 40) + "}", "c2ln" },
        { JwtFault.Json, Header, "", "c2ln" },
        { JwtFault.Claim, Header, """{"sub":"s","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":["a"],"sub":"s","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":7,"aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"a\u0000b","aud":"gw","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":[],"exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":["gw",7],"exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":{"gw":1},"exp":2000}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw"}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":"2000"}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2000.5}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2e3}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":-1}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":-0}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":9007199254740993}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":99999999999999999999}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":null}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2000,"nbf":"now"}""", "c2ln" },
        { JwtFault.Claim, Header, """{"iss":"a","sub":"s","aud":"gw","exp":2000,"iat":true}""", "c2ln" },
        { JwtFault.Form, Header, Payload, "" },
        { JwtFault.Form, Header, Payload, "c2ln=" },
        { JwtFault.Form, Header, Payload, "c2l" },
        { JwtFault.Form, Header, Payload, "c2ln!" },
        { JwtFault.Form, Header, Payload, "c2ln\n" },
        { JwtFault.Form, Header, Payload, "c2+n" },
        { JwtFault.Form, Header, Payload, "c2ln.c2ln" },
    };

    [Theory, MemberData(nameof(Bad))]
    public void A_bad_token_is_refused(object fault, string header, string payload, string signature) =>
        Assert.Equal((object)(fault is JwtFault.Json && payload.Length == 0 ? JwtFault.Form : fault), Read($"{Part(header)}.{Part(payload)}.{signature}", out _));

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused() => Assert.Equal(
        JwtFault.Json, Read($"{Part(Header)}.{Base64Url.EncodeToString([.. "{\"iss\":\""u8, 0xff, .. "\",\"sub\":\"s\",\"aud\":\"gw\",\"exp\":2000}"u8])}.c2ln", out _));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("e30.e30")]
    public void What_has_not_three_parts_is_refused(string text) => Assert.Equal(JwtFault.Form, Read(text, out _));

    [Fact]
    public void One_byte_more_than_there_may_be_is_refused()
    {
        var start = $"{Part(Header)}.{Part(Payload)}.";
        // A signature of one letter more or less than a multiple of four is no base64url
        var room = JsonWebToken.MaxLength - start.Length;
        Assert.Equal(room % 4 == 1 ? JwtFault.Form : JwtFault.None, Read(start + new string('A', room), out _));
        Assert.Equal(JwtFault.TooLong, Read(start + new string('A', JsonWebToken.MaxLength - start.Length + 1), out _));
    }

    [Fact]
    public void A_good_token_is_read()
    {
        Assert.Equal(JwtFault.None, Read($"{Part(Header)}.{Part(Payload)}.c2ln", out var token));
        Assert.Equal((JwtAlgorithm.RS256, "one", "https://issuer.example", "acme:billing:1"), (token!.Algorithm, token.KeyId, token.Issuer, token.Subject));
        Assert.Equal((2000L, 1000L, 1000L), (token.ExpiresAt, token.NotBefore, token.IssuedAt));
        Assert.Equal(["gw"], token.Audiences);
        Assert.Equal("billing", token.Claims["app"]);
        Assert.Equal("sig"u8.ToArray(), token.Signature.ToArray());
        Assert.Equal($"{Part(Header)}.{Part(Payload)}".Length, token.SignedLength);
    }

    [Theory]
    [InlineData("""{"alg":"ES256","kid":"one"}""", JwtAlgorithm.ES256)]
    [InlineData("""{"alg":"EdDSA","kid":"one","typ":"at+jwt"}""", JwtAlgorithm.EdDSA)]
    [InlineData("""{"alg":"RS256","kid":"one","typ":"jwt","x5t":"AA"}""", JwtAlgorithm.RS256)]
    public void Each_algorithm_is_read(string header, object algorithm)
    {
        Assert.Equal(JwtFault.None, Read($"{Part(header)}.{Part(Payload)}.c2ln", out var token));
        Assert.Equal(algorithm, token!.Algorithm);
    }

    [Fact]
    public void Claims_that_are_no_texts_are_as_json_writes_them()
    {
        Read($"{Part(Header)}.{Part("""{"iss":"a","sub":"s","aud":["x","gw"],"exp":2000,"yes":true,"n":12,"half":1.5,"list":["a"],"gone":null}""")}.c2ln", out var token);
        Assert.Equal("true 12", $"{token!.Claims["yes"]} {token.Claims["n"]}");
        Assert.False(token.Claims.ContainsKey("half") || token.Claims.ContainsKey("list") || token.Claims.ContainsKey("gone"));
        Assert.Equal(["x", "gw"], token.Audiences);
    }

    [Theory]
    [InlineData(2029, JwtFault.None)]
    [InlineData(2030, JwtFault.Expired)]
    [InlineData(970, JwtFault.None)]
    [InlineData(969, JwtFault.NotYet)]
    [InlineData(1500, JwtFault.None)]
    public void Clocks_may_differ_by_30_seconds(long now, object fault)
    {
        Read($"{Part(Header)}.{Part(Payload)}.c2ln", out var token);
        Assert.Equal(fault, JwtTimes.Judge(token!, now));
    }

    internal static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    internal static JwtFault Read(string text, out JsonWebToken? token) => JsonWebToken.TryRead(Encoding.UTF8.GetBytes(text), out token);
}
