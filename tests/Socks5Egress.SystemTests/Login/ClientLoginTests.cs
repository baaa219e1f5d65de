using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Login;

/// <summary>The client's side: where a token comes from, what it buys, what is said when that fails. The platforms are fakes made from their documentation.</summary>
public sealed class ClientLoginTests : IAsyncLifetime
{
    private readonly TestIssuer _issuer = new();
    private readonly Certificates _certificates = new();
    private readonly TemporaryFolder _folder = new();
    private readonly RawTarget _target = RawTarget.Start(RawTarget.EchoAsync);
    private GatewayProcess _gateway = null!;

    private string Via => $"socks5+tls://localhost:{_gateway.EndPoint.Port}?ca={Uri.EscapeDataString(_certificates.AuthorityFile)}&audience=gw&warm=0&login=";

    public async ValueTask InitializeAsync()
    {
        var server = _certificates.Server();
        _folder.Write("gw.json", """{ "Accounts": { "billing": { "Oidc": { "sub": "acme:*" } } } }""");
        _gateway = await GatewayProcess.StartAsync(
            TransportKind.All.First().Data, "--config", Path.Combine(_folder.Path, "gw.json"), "--oidc", _issuer.Option, "--tls-cert", server.File, "--tls-key", server.KeyFile);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _target.DisposeAsync();
        await _issuer.DisposeAsync();
        _certificates.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_s_token_logs_in_and_is_taken_again_when_what_it_bought_is_refused()
    {
        var file = _folder.Write("token", _issuer.Token());
        var client = new Socks5Client(Socks5Proxy.Parse(Via + "file:" + Uri.EscapeDataString(file)));
        await EchoAsync(client);
        // Once bought, the password does for more
        _folder.Write("token", "no token at all");
        await EchoAsync(client);
        // The rule that it was bought under is another one by now
        _folder.Write("token", _issuer.Token() + "\n");
        _folder.Write("gw.json", """{ "Accounts": { "billing": { "Oidc": { "sub": "acme:billing:*" } } } }""");
        var loaded = _gateway.Log.Of("gateway.reloaded").Count;
        _gateway.Signal(Signals.HangUp);
        await Deadline.UntilAsync(() => _gateway.Log.Of("gateway.reloaded").Count > loaded, () => _gateway.Log.Text);
        await EchoAsync(client);
        var sessions = _gateway.Log.Of("session.end").Where(end => end.GetProperty("protocol").GetString() == "socks5" && end.GetProperty("target").GetString() is not null);
        Assert.All(sessions, end => Assert.Equal(("billing", "token", "acme:billing:1"), (end.GetProperty("user").GetString(), end.GetProperty("login").GetString(), end.GetProperty("subject").GetString())));
    }

    [Fact]
    public async Task A_machine_of_fly_asks_its_socket()
    {
        var path = Path.Combine(_folder.Path, "api");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = AnswerAsync(listener, _issuer.Token());
        var proxy = Socks5Proxy.Parse(Via[..Via.IndexOf("&audience", StringComparison.Ordinal)]);
        await EchoAsync(new Socks5Client(new Socks5Proxy(proxy.Host, proxy.Port) { Tls = proxy.Tls, Warm = 0, Login = Socks5Login.Fly(path, "gw") }));
        var asked = await serving;
        Assert.StartsWith("POST /v1/tokens/oidc HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json", asked, StringComparison.Ordinal);
        Assert.EndsWith("{\"aud\":\"gw\"}", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_verb_buys_with_the_tokens_of_github_gitlab_and_a_command()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var serving = AnswerAsync(listener, $$"""{"count":1,"value":"{{_issuer.Token()}}"}""");
        var (code, output, error) = await LoginAsync("github", new() { ["ACTIONS_ID_TOKEN_REQUEST_URL"] = $"http://{listener.LocalEndPoint}/token?api-version=2.0", ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "request-secret" }, "--for", "2m");
        Assert.Equal(("", 0), (error, code));
        var asked = await serving;
        Assert.StartsWith("GET /token?api-version=2.0&audience=gw HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Bearer request-secret\r\n", asked, StringComparison.Ordinal);
        using (var json = JsonDocument.Parse(output))
        {
            Assert.Equal("billing", json.RootElement.GetProperty("user").GetString());
            Assert.InRange(json.RootElement.GetProperty("password").GetString()!.Length, 1, 255);
            Assert.InRange(json.RootElement.GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(121));
        }
        (code, _, error) = await LoginAsync("gitlab", new() { ["OTHER_ID_TOKEN"] = _issuer.Token(("aud", "other")), ["GATEWAY_ID_TOKEN"] = _issuer.Token() });
        Assert.Equal(("", 0), (error, code));
        (code, _, error) = await LoginAsync("command:cat%20" + Uri.EscapeDataString(_folder.Write("mine", _issuer.Token())), []);
        Assert.Equal(("", 0), (error, code));
    }

    [Fact]
    public async Task An_error_names_the_step_and_no_token()
    {
        var elsewhere = _issuer.Token(("aud", "elsewhere"));
        foreach (var (token, step) in new[]
        {
            (elsewhere, "(audience)"), (_issuer.Token(("iss", "https://other.example")), "(issuer)"), (_issuer.Token(("sub", "other")), "(account)"),
            (_issuer.Token(("exp", 1000)), "(token)"), ("two words", "token source file"), ("a.b.c\r\nX: y", "token source file"),
        })
        {
            var (code, output, error) = await LoginAsync("file:" + Uri.EscapeDataString(_folder.Write("bad", token)), []);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(step, error, StringComparison.Ordinal);
            Assert.DoesNotContain(token, error, StringComparison.Ordinal);
        }
        Assert.Contains("cannot be read", (await LoginAsync("file:/nowhere", [])).Error, StringComparison.Ordinal);
        Assert.Contains("ended with code 1", (await LoginAsync("command:false", [])).Error, StringComparison.Ordinal);
        Assert.Contains("id-token: write", (await LoginAsync("github", [])).Error, StringComparison.Ordinal);
        Assert.Contains("/.fly/api", (await LoginAsync("fly", [])).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await LoginAsync("nonsense", [])).Code);
        Assert.Equal(2, (await LoginAsync("fly", [], "--for", "2h")).Code);
        var failure = await Assert.ThrowsAsync<Socks5Exception>(() => new Socks5Client(Socks5Proxy.Parse(Via + "file:" + Uri.EscapeDataString(_folder.Write("bad", elsewhere))))
            .ConnectAsync("127.0.0.1", _target.EndPoint.Port, TestContext.Current.CancellationToken));
        Assert.Equal(Socks5Stage.Authenticate, failure.Stage);
        Assert.DoesNotContain(elsewhere, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_says_who_the_gateway_takes_us_for()
    {
        var (code, output, _) = await RunAsync(
            ["check", _target.EndPoint.ToString(), "--via", Via + "file:" + Uri.EscapeDataString(_folder.Write("token", _issuer.Token()))], []);
        Assert.Contains("as billing, by the token of file", output, StringComparison.Ordinal);
        Assert.InRange(code, 0, 1);
    }

    private Task<(int Code, string Output, string Error)> LoginAsync(string source, Dictionary<string, string> variables, params string[] options) =>
        RunAsync(["login", "--json", "--via", Via + source, .. options], variables);

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] words, Dictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(GatewayProcess.Executable, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var deadline = Deadline.Token();
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output, await error);
    }

    private async Task EchoAsync(Socks5Client client)
    {
        await using var stream = await client.ConnectAsync("127.0.0.1", _target.EndPoint.Port);
        await stream.WriteAsync("echo"u8.ToArray());
        var room = new byte[4];
        await stream.ReadExactlyAsync(room);
        Assert.Equal("echo"u8.ToArray(), room);
    }

    /// <summary>Answers one request with this body.</summary>
    /// <returns>The request.</returns>
    private static async Task<string> AnswerAsync(Socket listener, string body)
    {
        using var connection = await listener.AcceptAsync();
        var room = new byte[8192];
        var asked = new StringBuilder();
        while (!asked.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) || (asked.ToString().StartsWith("POST", StringComparison.Ordinal) && !asked.ToString().EndsWith('}')))
            asked.Append(Encoding.ASCII.GetString(room, 0, await connection.ReceiveAsync(room)));
        await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        return asked.ToString();
    }
}
