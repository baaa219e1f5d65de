using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Login;

/// <summary>An issuer of tokens over real TLS: discovery, published keys that can be rotated, and tokens good and bad.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "gw";

    private readonly Certificates _certificates = new();
    private readonly SslStreamCertificateContext _certificate;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile JsonArray _published = [];
    private int _made;
    private int _refused;
    private IssuerKey[] _earlier = [];

    public TestIssuer(int port = 0)
    {
        _certificate = SslStreamCertificateContext.Create(Persisted(_certificates.Server().Certificate), null, offline: true);
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Url = $"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        Rsa = new IssuerKey("RS256", $"rsa-{++_made}");
        Curve = new IssuerKey("ES256", $"curve-{++_made}");
        Edwards = new IssuerKey("EdDSA", $"ed-{++_made}");
        Publish(Rsa, Curve, Edwards);
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    public string AuthorityFile => _certificates.AuthorityFile;

    public IssuerKey Rsa { get; private set; }

    public IssuerKey Curve { get; }

    public IssuerKey Edwards { get; }

    /// <summary>When the keys were fetched.</summary>
    public ConcurrentQueue<DateTimeOffset> Fetches { get; } = new();

    /// <summary>Answers nothing any more, as if it were away.</summary>
    public bool IsAway { get; set; }

    /// <summary>Connections that were closed because it is away.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Answers discovery in another way; null: as it should be.</summary>
    public string? Discovery { get; set; }

    /// <summary>Sends a redirect in the place of each answer.</summary>
    public bool Redirects { get; set; }

    /// <summary>The value of <c>--oidc</c>.</summary>
    public string Option => $"issuer={Url};audience={Audience};user=app;ca={AuthorityFile}";

    /// <summary>Publishes these keys in the place of the ones before.</summary>
    public void Publish(params IEnumerable<IssuerKey> keys) => _published = [.. keys.Select(key => (JsonNode)key.Published())];

    /// <summary>The published set.</summary>
    public string KeySet => new JsonObject { ["keys"] = _published.DeepClone() }.ToJsonString();

    /// <summary>Signs with a new key from here on, which it publishes beside the last one.</summary>
    public void Rotate()
    {
        var last = Rsa;
        Rsa = new IssuerKey("RS256", $"rsa-{++_made}");
        Publish(last, Rsa, Curve, Edwards);
    }

    /// <summary>Signs with a new key from here on, and publishes the four before beside it, as tokens of theirs are still good.</summary>
    public void RotateBeside()
    {
        _earlier = [Rsa, .. _earlier.Take(3)];
        Rsa = new IssuerKey("RS256", $"rsa-{++_made}");
        Publish([Rsa, .. _earlier, Curve, Edwards]);
    }

    /// <summary>Good claims, with these in the place of some; null leaves one out.</summary>
    public string Claims(params (string Name, object? Value)[] others)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Url, ["aud"] = Audience, ["sub"] = "acme:billing:1", ["exp"] = now + 600, ["nbf"] = now - 5, ["iat"] = now - 5, ["app"] = "billing", ["jti"] = Guid.NewGuid().ToString(),
        };
        foreach (var (name, value) in others)
        {
            claims.Remove(name);
            if (value is null) continue;
            claims[name] = value switch { JsonNode node => node, string text => text, int number => number, long number => number, _ => throw new ArgumentException(name) };
        }
        return claims.ToJsonString();
    }

    /// <summary>A good token.</summary>
    public string Token(params (string Name, object? Value)[] others) => Rsa.Token(Claims(others));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificates.Dispose();
    }

    private static X509Certificate2 Persisted(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        if (IsAway)
        {
            Interlocked.Increment(ref _refused);
            return;
        }
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, _stop.Token);
            var room = new byte[8192];
            var length = 0;
            while (await tls.ReadAsync(room.AsMemory(length), _stop.Token) is var count and > 0)
            {
                length += count;
                var text = Encoding.ASCII.GetString(room, 0, length);
                if (!text.Contains("\r\n\r\n", StringComparison.Ordinal)) continue;
                length = 0;
                var body = text.StartsWith("GET /keys ", StringComparison.Ordinal) ? Keys()
                    : text.StartsWith("GET /.well-known/openid-configuration ", StringComparison.Ordinal) ? Discovery ?? $$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}""" : "";
                var head = Redirects ? $"HTTP/1.1 302 Found\r\nLocation: {Url}/keys\r\n" : "HTTP/1.1 200 OK\r\n";
                await tls.WriteAsync(Encoding.UTF8.GetBytes($"{head}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), _stop.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    private string Keys()
    {
        Fetches.Enqueue(DateTimeOffset.UtcNow);
        return KeySet;
    }
}

/// <summary>A key that signs, and what is published of it.</summary>
internal sealed class IssuerKey(string algorithm, string id)
{
    private readonly RSA? _rsa = algorithm == "RS256" ? RSA.Create(2048) : null;
    private readonly ECDsa? _curve = algorithm == "ES256" ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
    private readonly Ed25519Key? _edwards = algorithm == "EdDSA" ? new() : null;

    public string Id => id;

    /// <summary>What is published, as some take it for a secret.</summary>
    public byte[] PublicPem => Encoding.ASCII.GetBytes(_rsa!.ExportSubjectPublicKeyInfoPem());

    public string Token(string claims) => Token($$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"{{id}}"}""", claims);

    /// <summary>A token with any header, signed as this key signs.</summary>
    public string Token(string header, string claims)
    {
        var signed = Part(header) + "." + Part(claims);
        return signed + "." + Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(signed)));
    }

    public static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public JsonObject Published()
    {
        if (_rsa?.ExportParameters(false) is { } rsa) return new() { ["kty"] = "RSA", ["kid"] = id, ["use"] = "sig", ["n"] = Text(rsa.Modulus!), ["e"] = Text(rsa.Exponent!) };
        if (_curve?.ExportParameters(false).Q is { } point) return new() { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = id, ["x"] = Text(point.X!), ["y"] = Text(point.Y!) };
        return new() { ["kty"] = "OKP", ["crv"] = "Ed25519", ["kid"] = id, ["x"] = Text(_edwards!.PublicKey) };

        static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
    }

    private byte[] Sign(byte[] message) => _rsa?.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        ?? _curve?.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) ?? _edwards!.Sign(message);
}
