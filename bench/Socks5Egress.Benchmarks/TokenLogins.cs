using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.SystemTests.Login;

namespace Socks5Egress.Benchmarks;

/// <summary>
/// A login with a token of about 900 bytes whose key is known: seen before, new, and wrong. What must hold: at most 100 us and no I/O, and no more for a wrong one
/// than for a new one.
/// </summary>
[MemoryDiagnoser]
public class TokenLogins
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Ed25519Key _edwards = new();
    private TokenAuthenticator _tokens = null!;
    private byte[] _known = null!;
    private byte[][] _new = null!;
    private byte[][] _wrong = null!;
    private int _next;

    [Params("RS256", "ES256", "EdDSA")]
    public string Algorithm { get; set; } = "RS256";

    [GlobalSetup]
    public void SetUp()
    {
        var (rsa, point) = (_rsa.ExportParameters(false), _curve.ExportParameters(false).Q);
        var keys = new IssuerKeys([new("k", JwtAlgorithm.RS256, [.. rsa.Modulus!], [.. rsa.Exponent!]), new("k", JwtAlgorithm.ES256, [.. point.X!], [.. point.Y!]), new("k", JwtAlgorithm.EdDSA, [.. _edwards.PublicKey], [])]);
        _tokens = new TokenAuthenticator(
            [new TokenIssuer("https://oidc.fly.io/acme", "gw.example.com", "app_name", keys)], [new TokenAccount("billing", [new("sub", "acme:billing:*")])],
            new byte[32], false, TimeProvider.System);
        _known = Token("known");
        // More than are remembered
        _new = [.. Enumerable.Range(0, 2 * TokenCache.Capacity).Select(i => Token($"{i}"))];
        _wrong = [.. _new.Take(64).Select(token => (byte[])[.. token[..^8], .. "AAAAAAAA"u8])];
    }

    [Benchmark]
    public bool Known() => LogIn(_known) == JwtFault.None;

    [Benchmark]
    public bool New() => LogIn(_new[++_next % _new.Length]) == JwtFault.None;

    [Benchmark]
    public bool Wrong() => LogIn(_wrong[++_next % _wrong.Length]) == JwtFault.None;

    private JwtFault LogIn(byte[] token) => _tokens.LogInAsync(token, IPAddress.Loopback, CancellationToken.None).AsTask().Result.Fault;

    private byte[] Token(string id)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var signed = Part($$"""{"alg":"{{Algorithm}}","typ":"JWT","kid":"k"}""") + "." + Part(
            $$"""{"iss":"https://oidc.fly.io/acme","aud":"gw.example.com","sub":"acme:billing:{{id}}","exp":{{now + 86400}},"nbf":{{now}},"iat":{{now}},"app_name":"billing","org_name":"acme","region":"ams","machine_id":"1234567890abcd","image":"registry.fly.io/billing:deployment-01ABCDEFGHJKMNPQRSTVWXYZ","jti":"{{id}}"}""");
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = Algorithm switch
        {
            "RS256" => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => _curve.SignData(bytes, HashAlgorithmName.SHA256),
            _ => _edwards.Sign(bytes),
        };
        return Encoding.ASCII.GetBytes(signed + "." + Base64Url.EncodeToString(signature));
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
