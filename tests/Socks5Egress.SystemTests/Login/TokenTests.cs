using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Login;

/// <summary>One issuer, and a gateway a transport that takes its tokens and has no users.</summary>
public sealed class TokenGateways : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<GatewayProcess>> _gateways = [];

    internal TestIssuer Issuer { get; } = new();

    internal TestIssuer Other { get; } = new();

    internal RawTarget Target { get; } = RawTarget.Start(RawTarget.EchoAsync);

    internal Task<GatewayProcess> OfAsync(string transport)
    {
        lock (_lock)
        {
            return _gateways.TryGetValue(transport, out var known) ? known : _gateways[transport] = GatewayProcess.StartAsync(
                transport, "--oidc", Issuer.Option, "--oidc", Other.Option, "--log-level", "debug");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways.Values) await (await gateway).DisposeAsync();
        await Issuer.DisposeAsync();
        await Other.DisposeAsync();
        await Target.DisposeAsync();
    }
}

/// <summary>Tokens on CONNECT, in absolute-form and at <c>/login</c>, with the built gateway and an issuer over real TLS.</summary>
public sealed class TokenTests(TokenGateways shared) : IClassFixture<TokenGateways>
{
    private TestIssuer Issuer => shared.Issuer;

    public static TheoryData<string, string> Good => EachTransport.With("RS256", "ES256", "EdDSA", "list", "skew");

    public static TheoryData<string, string> BadOnes => EachTransport.With([.. new TokenTests(null!).Bad(null).Keys]);

    [Theory, MemberData(nameof(Good))]
    public async Task A_good_token_comes_in(string transport, string kind)
    {
        var gateway = await shared.OfAsync(transport);
        var token = kind switch
        {
            "ES256" => Issuer.Curve.Token(Issuer.Claims()),
            "EdDSA" => Issuer.Edwards.Token(Issuer.Claims()),
            "list" => Issuer.Token(("aud", new JsonArray("other", "gw"))),
            "skew" => Issuer.Token(("exp", Now(-20)), ("nbf", Now(20)), ("iat", Now(20))),
            _ => Issuer.Token(),
        };
        var (connection, head) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, "bearer  " + token);
        using (connection)
        {
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
            await connection.SendAsync("through"u8.ToArray());
            Assert.Equal("through"u8.ToArray(), await connection.ReceiveAsync(7));
        }
        var end = await gateway.Log.SessionEndAsync(connection);
        Assert.Equal(("billing", "token", "acme:billing:1"), (end.GetProperty("user").GetString(), end.GetProperty("login").GetString(), end.GetProperty("subject").GetString()));
        Assert.DoesNotContain(token, gateway.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[2], gateway.Log.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(BadOnes))]
    public async Task A_bad_token_is_answered_with_407(string transport, string what)
    {
        var gateway = await shared.OfAsync(transport);
        var (token, hint) = Bad(Issuer)[what];
        var (connection, head) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, "Bearer " + token);
        using (connection)
        {
            Assert.StartsWith("HTTP/1.1 407 ", head, StringComparison.Ordinal);
            Assert.Contains("\r\nProxy-Authenticate: Bearer error=\"invalid_token\"\r\n", head, StringComparison.Ordinal);
        }
        var end = await gateway.Log.SessionEndAsync(connection);
        Assert.Equal("bad-token", end.GetProperty("end").GetString());
        Assert.Contains(hint, end.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Null(end.GetProperty("user").GetString());
        if (token.Length > 20) Assert.DoesNotContain(token, gateway.Log.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Without_a_token_it_is_asked_for_and_a_head_that_is_too_large_is_431(string transport)
    {
        var gateway = await shared.OfAsync(transport);
        var (none, head) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, null);
        none.Dispose();
        Assert.StartsWith("HTTP/1.1 407 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Authenticate: Basic ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Authenticate: Bearer", head, StringComparison.Ordinal);
        var (large, refused) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, "Bearer " + new string('a', 64 << 10));
        large.Dispose();
        Assert.StartsWith("HTTP/1.1 431 ", refused, StringComparison.Ordinal);

        using var socks = await RawConnection.ConnectAsync(gateway.EndPoint);
        await socks.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, 0xff], await socks.ReceiveAsync(2));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Absolute_form_takes_tokens_one_for_each_request(string transport)
    {
        var gateway = await shared.OfAsync(transport);
        await using var origin = RawTarget.Start(async connection =>
        {
            await connection.ReceiveSomeAsync(new byte[4096]);
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray());
        });
        var token = Issuer.Token();
        string Get(string authorization, bool last) =>
            $"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\nProxy-Authorization: {authorization}\r\n{(last ? "Connection: close\r\n" : "")}\r\n";
        var answer = await HttpSide.AskAsync(gateway.EndPoint, Get("Bearer " + token, last: true));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var refused = await HttpSide.AskAsync(gateway.EndPoint, Get("Bearer " + token + "A", last: true));
        Assert.StartsWith("HTTP/1.1 407 ", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Authenticate: Bearer error=\"invalid_token\"\r\n", refused, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_token_buys_a_password_for_socks_and_for_basic_that_buys_no_other(string transport)
    {
        var gateway = await shared.OfAsync(transport);
        var answer = await HttpSide.BuyAsync(gateway.EndPoint, "Bearer " + Issuer.Token(), "?for=2m");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        var (user, password) = (json.RootElement.GetProperty("user").GetString()!, json.RootElement.GetProperty("password").GetString()!);
        Assert.Equal("billing", user);
        Assert.InRange(password.Length, 1, 255);
        Assert.InRange(json.RootElement.GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(121));

        using var socks = await RawConnection.ConnectAsync(gateway.EndPoint);
        await socks.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password), .. Socks5.Connect(shared.Target.EndPoint)]);
        Assert.Equal([5, 2, 1, 0], await socks.ReceiveAsync(4));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(socks)).Code);
        socks.Dispose();
        var end = await gateway.Log.SessionEndAsync(socks);
        Assert.Equal(("billing", "token", "acme:billing:1"), (end.GetProperty("user").GetString(), end.GetProperty("login").GetString(), end.GetProperty("subject").GetString()));
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password));
        var (connection, head) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, basic);
        connection.Dispose();
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);

        foreach (var credentials in new[] { basic, "Bearer " + password, null, "Bearer", "Bearer " + Issuer.Token(("aud", "other")) })
            Assert.StartsWith("HTTP/1.1 401 ", await HttpSide.BuyAsync(gateway.EndPoint, credentials), StringComparison.Ordinal);
        foreach (var query in new[] { "?for=2h", "?for=0s", "?for=", "?x=1", "?for=10", "?for=-1m" })
            Assert.StartsWith("HTTP/1.1 400 ", await HttpSide.BuyAsync(gateway.EndPoint, "Bearer " + Issuer.Token(), query), StringComparison.Ordinal);
        using var wrong = await RawConnection.ConnectAsync(gateway.EndPoint);
        await wrong.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("admin", password)]);
        Assert.Equal([5, 2, 1, 1], await wrong.ReceiveAsync(4));
        Assert.Equal("bad-token", (await gateway.Log.SessionEndAsync(wrong)).GetProperty("end").GetString());
        Assert.DoesNotContain(password, gateway.Log.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Nothing_that_can_be_read_holds_a_token(string transport)
    {
        var gateway = await shared.OfAsync(transport);
        var (good, bad) = (Issuer.Token(), Issuer.Token(("aud", "elsewhere")));
        var (open, _) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, "Bearer " + good);
        var (refused, _) = await HttpSide.ConnectAsync(gateway.EndPoint, shared.Target.EndPoint, "Bearer " + bad);
        refused.Dispose();
        await gateway.Log.SessionEndAsync(refused);
        foreach (var page in new[] { "metrics", "sessions", "", "readyz" })
        {
            var body = (await AdminPage.GetAsync(gateway, page)).Body;
            Assert.DoesNotContain(good.Split('.')[2], body, StringComparison.Ordinal);
            Assert.DoesNotContain(bad.Split('.')[2], body, StringComparison.Ordinal);
        }
        Assert.Matches("socks5egress_refusals_total\\{.*error_type=\"bad-token\"", (await AdminPage.GetAsync(gateway, "metrics")).Body);
        open.Dispose();
    }

    /// <summary>Tokens that let nobody in, each with a word of the reason.</summary>
    private Dictionary<string, (string Token, string Hint)> Bad(TestIssuer? issuer)
    {
        if (issuer is null) return Names.ToDictionary(name => name, _ => ("", ""));
        var (key, claims) = (issuer.Rsa, issuer.Claims());
        var good = key.Token(claims);
        var parts = good.Split('.');
        string Head(string header) => key.Token(header, claims);
        string With(string name, object? value) => issuer.Token((name, value));
        string Of(string json) => key.Token(json);
        var hmac = IssuerKey.Part($$"""{"alg":"HS256","kid":"{{key.Id}}"}""") + "." + IssuerKey.Part(claims);
        return new()
        {
            ["none"] = (IssuerKey.Part($$"""{"alg":"none","kid":"{{key.Id}}"}""") + "." + parts[1] + ".", "three parts"),
            ["none, signed"] = (Head($$"""{"alg":"none","kid":"{{key.Id}}"}"""), "RS256"),
            ["HS256 with the public key"] = (hmac + "." + Base64(HMACSHA256.HashData(key.PublicPem, Encoding.ASCII.GetBytes(hmac))), "RS256"),
            ["RS384"] = (Head($$"""{"alg":"RS384","kid":"{{key.Id}}"}"""), "RS256"),
            ["PS256"] = (Head($$"""{"alg":"PS256","kid":"{{key.Id}}"}"""), "RS256"),
            ["another key's algorithm"] = (Head($$"""{"alg":"ES256","kid":"{{key.Id}}"}"""), "does not publish"),
            ["EdDSA with a curve's key"] = (issuer.Edwards.Token($$"""{"alg":"EdDSA","kid":"{{issuer.Curve.Id}}"}""", claims), "does not publish"),
            ["wrong audience"] = (With("aud", "other"), "audience"),
            ["audience in a list of others"] = (With("aud", new JsonArray("a", "b")), "audience"),
            ["no audience"] = (With("aud", null), "lacks"),
            ["empty list of audiences"] = (With("aud", new JsonArray()), "lacks"),
            ["audience is a number"] = (With("aud", 7), "lacks"),
            ["wrong issuer"] = (With("iss", issuer.Url + "/"), "issuer"),
            ["issuer as a prefix"] = (With("iss", issuer.Url + ".evil.example"), "issuer"),
            ["another issuer's key"] = (shared.Other.Rsa.Token($$"""{"alg":"RS256","kid":"{{key.Id}}"}""", claims), "signature"),
            ["signed by another issuer in this one's name"] = (shared.Other.Rsa.Token(claims), "signature"),
            ["no issuer"] = (With("iss", null), "lacks"),
            ["expired"] = (With("exp", Now(-60)), "expired"),
            ["no exp"] = (With("exp", null), "lacks"),
            ["exp is a text"] = (With("exp", "4102444800"), "lacks"),
            ["exp is a fraction"] = (Of(claims.Replace("\"exp\":", "\"exp\":9999999999.5,\"was\":")), "lacks"),
            ["exp has an exponent"] = (Of(claims.Replace("\"exp\":", "\"exp\":4e9,\"was\":")), "lacks"),
            ["exp is negative"] = (With("exp", -1), "lacks"),
            ["exp is beyond 2^53"] = (With("exp", (1L << 53) + 1), "lacks"),
            ["nbf in the future"] = (With("nbf", Now(300)), "not valid yet"),
            ["iat in the future"] = (With("iat", Now(300)), "not valid yet"),
            ["no sub"] = (With("sub", null), "lacks"),
            ["empty sub"] = (With("sub", ""), "lacks"),
            ["no user claim"] = (With("app", null), "lacks"),
            ["user claim with a newline"] = (With("app", "a\nb"), "lacks"),
            ["user claim is a list"] = (With("app", new JsonArray("a")), "lacks"),
            ["claim twice"] = (Of(claims.Insert(1, "\"aud\":\"other\",")), "twice"),
            ["claim twice, once escaped"] = (Of(claims.Insert(1, "\"\\u0061ud\":\"other\",")), "twice"),
            ["header twice"] = (Head($$"""{"alg":"RS256","alg":"RS256","kid":"{{key.Id}}"}"""), "twice"),
            ["no kid"] = (Head("""{"alg":"RS256"}"""), "kid"),
            ["empty kid"] = (Head("""{"alg":"RS256","kid":""}"""), "kid"),
            ["kid is a path"] = (Head("""{"alg":"RS256","kid":"../../../../dev/null"}"""), "does not publish"),
            ["kid is a URL"] = (Head("""{"alg":"RS256","kid":"https://evil.example/keys"}"""), "does not publish"),
            ["kid is a query"] = (Head("""{"alg":"RS256","kid":"x' UNION SELECT 'k"}"""), "does not publish"),
            ["jwk"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","jwk":{{key.Published().ToJsonString()}}}"""), "header"),
            ["jku"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","jku":"{{issuer.Url}}/keys"}"""), "header"),
            ["x5u"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","x5u":"{{issuer.Url}}/cert"}"""), "header"),
            ["crit"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","crit":["exp"]}"""), "header"),
            ["b64"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","b64":true}"""), "header"),
            ["typ"] = (Head($$"""{"alg":"RS256","kid":"{{key.Id}}","typ":"dpop+jwt"}"""), "typ"),
            ["changed claims"] = (parts[0] + "." + IssuerKey.Part(issuer.Claims(("sub", "root"))) + "." + parts[2], "signature"),
            ["changed header"] = (IssuerKey.Part($$"""{"alg":"RS256","typ":"at+jwt","kid":"{{key.Id}}"}""") + "." + parts[1] + "." + parts[2], "signature"),
            ["no signature"] = (parts[0] + "." + parts[1] + ".", "three parts"),
            ["half a signature"] = (parts[0] + "." + parts[1] + "." + parts[2][..172], "signature"),
            ["two parts"] = (parts[0] + "." + parts[1], "three parts"),
            ["four parts"] = (good + "." + parts[2], "three parts"),
            ["padding"] = (parts[0] + "." + parts[1] + "." + parts[2] + "==", "three parts"),
            ["standard base64"] = (parts[0] + "." + parts[1] + ".+/" + parts[2][2..], "three parts"),
            ["header is a list"] = (Head("[]"), "JSON"),
            ["claims are a text"] = (Of("\"x\""), "JSON"),
            ["claims are broken"] = (Of(claims[..^1]), "JSON"),
            ["something follows"] = (Of(claims + "{}"), "JSON"),
            ["longer than 8 KiB"] = (With("pad", new string('x', 8000)), "8 KiB"),
            ["nothing"] = ("", "three parts"),
            ["a password"] = ("s5e1.AAAA", "three parts"),
        };
    }

    private static readonly string[] Names =
    [
        "none", "none, signed", "HS256 with the public key", "RS384", "PS256", "another key's algorithm", "EdDSA with a curve's key", "wrong audience", "audience in a list of others",
        "no audience", "empty list of audiences", "audience is a number", "wrong issuer", "issuer as a prefix", "another issuer's key", "signed by another issuer in this one's name",
        "no issuer", "expired", "no exp", "exp is a text", "exp is a fraction", "exp has an exponent", "exp is negative", "exp is beyond 2^53", "nbf in the future", "iat in the future",
        "no sub", "empty sub", "no user claim", "user claim with a newline", "user claim is a list", "claim twice", "claim twice, once escaped", "header twice", "no kid", "empty kid",
        "kid is a path", "kid is a URL", "kid is a query", "jwk", "jku", "x5u", "crit", "b64", "typ", "changed claims", "changed header", "no signature", "half a signature", "two parts",
        "four parts", "padding", "standard base64", "header is a list", "claims are a text", "claims are broken", "something follows", "longer than 8 KiB", "nothing", "a password",
    ];

    private static long Now(int seconds) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds;

    private static string Base64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
