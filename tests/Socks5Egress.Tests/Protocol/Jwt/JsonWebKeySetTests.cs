using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.Protocol.Jwt;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Jwt;

public sealed class JsonWebKeySetTests
{
    private static readonly string Long = Base64Url.EncodeToString([0xc1, .. Enumerable.Repeat((byte)7, 255)]);
    private static readonly string Point = Base64Url.EncodeToString(SHA256.HashData("x"u8));

    public static TheoryData<string> Unusable => new()
    {
        $$"""{"kty":"RSA","n":"{{Long}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"","n":"{{Long}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"k","use":"enc","n":"{{Long}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"k","key_ops":["encrypt"],"n":"{{Long}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"k","alg":"RS512","n":"{{Long}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"k","n":"{{Long}}","e":"AQ"}""",
        $$"""{"kty":"RSA","kid":"k","n":"{{Long}}","e":"AQAA"}""",
        $$"""{"kty":"RSA","kid":"k","n":"{{Long}}="}""",
        $$"""{"kty":"RSA","kid":"k","n":"{{Base64Url.EncodeToString([0x7f, .. new byte[255]])}}","e":"AQAB"}""",
        $$"""{"kty":"RSA","kid":"k","n":"{{Base64Url.EncodeToString(new byte[256])}}","e":"AQAB"}""",
        $$"""{"kty":"EC","crv":"P-384","kid":"k","x":"{{Point}}","y":"{{Point}}"}""",
        $$"""{"kty":"EC","crv":"P-256","kid":"k","x":"{{Point}}"}""",
        $$"""{"kty":"EC","crv":"P-256","kid":"k","x":"AAAA","y":"{{Point}}"}""",
        $$"""{"kty":"OKP","crv":"X25519","kid":"k","x":"{{Point}}"}""",
        $$"""{"kty":"OKP","crv":"Ed25519","alg":"ES256","kid":"k","x":"{{Point}}"}""",
        $$"""{"kty":"oct","kid":"k","k":"{{Point}}"}""",
        "7",
    };

    [Theory, MemberData(nameof(Unusable))]
    public void A_key_that_verifies_nothing_is_left_out(string key)
    {
        Assert.NotNull(Read($$"""{"keys":[{{key}}]}""", out var keys));
        Assert.Empty(keys);
    }

    [Fact]
    public void Each_kind_of_key_is_read()
    {
        Assert.Null(Read($$"""
            {"keys":[{"kty":"RSA","kid":"r","use":"sig","n":"AAAA{{Long}}","e":"AQAB"},{"kty":"EC","crv":"P-256","kid":"e","x":"{{Point}}","y":"{{Point}}","alg":"ES256"},
            {"kty":"OKP","crv":"Ed25519","kid":"o","x":"{{Point}}","key_ops":["verify"]},{"kty":"RSA","kid":"r","n":"{{Long}}","e":"AQAB"}]}
            """, out var keys));
        Assert.Equal([("r", JwtAlgorithm.RS256), ("e", JwtAlgorithm.ES256), ("o", JwtAlgorithm.EdDSA)], keys.Select(key => (key.KeyId, key.Algorithm)));
        Assert.Equal(256, keys[0].First.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[],"keys":[]}""")]
    public void What_is_no_set_is_refused(string json) => Assert.NotNull(Read(json, out _));

    private static string? Read(string json, out System.Collections.Immutable.ImmutableArray<JsonWebKey> keys) => JsonWebKeySet.TryRead(Encoding.UTF8.GetBytes(json), out keys);
}
