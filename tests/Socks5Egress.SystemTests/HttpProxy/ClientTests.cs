using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Programs that know proxies, all through one and the same port, without a password and with one where they can send it.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    private const string Password = "gate-password";
    private const string Words = "words from the origin";

    private readonly TemporaryFolder _folder = new();
    private OriginServer _http = null!;
    private OriginServer _https = null!;
    private string _certificate = "";

    public async ValueTask InitializeAsync()
    {
        _folder.Write("page.html", $"<!doctype html><p>{Words}</p>");
        _folder.Write("Packages", "");
        _folder.Write("tiny", """{"name":"tiny","dist-tags":{"latest":"1.2.3"},"versions":{"1.2.3":{"name":"tiny","version":"1.2.3","dist":{"tarball":"http://127.0.0.1/none","shasum":"0"}}}}""");
        await MakeRepositoryAsync();
        _certificate = Path.Combine(_folder.Path, "cert.pem");
        await RunAsync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", Path.Combine(_folder.Path, "key.pem"), "-out", _certificate]);
        _http = await OriginServer.StartAsync(_folder.Path);
        _https = await OriginServer.StartHttpsAsync(_folder.Path, _certificate, Path.Combine(_folder.Path, "key.pem"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_http is not null) await _http.DisposeAsync();
        if (_https is not null) await _https.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curl_wget_git_apt_npm_and_HttpClient_work_through_the_same_port(bool password)
    {
        await using var gateway = await StartAsync(password);
        var http = "http://" + Login(password) + gateway.EndPoint;
        var socks = Login(password) + gateway.EndPoint;

        await ReadsAsync("curl", ["-sSf", _http.Url + "page.html"], Proxies("http_proxy", http));
        await ReadsAsync("curl", ["-sSf", "--cacert", _certificate, _https.Url + "page.html"], Proxies("https_proxy", http));
        await ReadsAsync("curl", ["-sSf", "--cacert", _certificate, _https.Url + "page.html"], Proxies("ALL_PROXY", "socks5h://" + socks));
        if (!password) await ReadsAsync("curl", ["-sSf", "--socks4a", gateway.EndPoint.ToString(), _http.Url + "page.html"], Proxies("no_proxy", ""));
        await ReadsAsync("wget", ["-q", "-O", "-", _http.Url + "page.html"], Proxies("http_proxy", http));
        await ReadsAsync("wget", ["-q", "-O", "-", "--ca-certificate", _certificate, _https.Url + "page.html"], Proxies("https_proxy", http));

        var clone = Path.Combine(_folder.Path, "clone-" + password);
        await RunAsync("git", ["-c", "http.proxy=" + http, "clone", "-q", _http.Url + "bare.git", clone]);
        Assert.Equal(Words, await File.ReadAllTextAsync(Path.Combine(clone, "file"), TestContext.Current.CancellationToken));
        await RunAsync("git", ["-c", "http.proxy=" + http, "clone", "-q", _https.Url + "bare.git", clone + "-tls"],
            new() { ["GIT_SSL_CAINFO"] = _certificate });

        var lists = Directory.CreateDirectory(Path.Combine(_folder.Path, "lists-" + password)).FullName;
        var source = _folder.Write("sources.list", $"deb [trusted=yes] {_http.Url} ./\n");
        await RunAsync("apt-get", ["-o", "Acquire::http::Proxy=" + http + "/", "-o", "Dir::Etc::SourceList=" + source, "-o", "Dir::Etc::SourceParts=-",
            "-o", "Dir::State::lists=" + lists, "-o", "Dir::Cache=" + lists, "-o", "APT::Sandbox::User=root", "update"]);

        var npm = await RunAsync("npm", ["view", "tiny", "version", "--registry", _http.Url, "--proxy", http, "--noproxy", "", "--cache", Path.Combine(_folder.Path, "npm")]);
        Assert.Contains("1.2.3", npm.Output, StringComparison.Ordinal);

        foreach (var scheme in new[] { "http", "socks5" })
        {
            using var handler = new SocketsHttpHandler
            {
                Proxy = new WebProxy($"{scheme}://{gateway.EndPoint}") { Credentials = password ? new NetworkCredential("app", Password) : null },
            };
            using var client = new HttpClient(handler) { Timeout = Deadline.Step };
            Assert.Contains(Words, await client.GetStringAsync(new Uri(_http.Url + "page.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal(0, await gateway.StopAsync());
        AssertServed(gateway, password ? ["http", "socks5"] : ["http", "socks4", "socks5"]);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Chromium_shows_a_page(string scheme)
    {
        await using var gateway = await StartAsync(password: false);
        await ReadsAsync("chromium",
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--user-data-dir=" + Path.Combine(_folder.Path, "chromium-" + scheme), $"--proxy-server={scheme}://{gateway.EndPoint}",
             "--proxy-bypass-list=<-loopback>", "--dump-dom", _http.Url + "page.html"], []);
        Assert.Equal(0, await gateway.StopAsync());
        AssertServed(gateway, [scheme]);
    }

    private async Task<GatewayProcess> StartAsync(bool password) => await GatewayProcess.StartAsync(
        "auto", password ? ["--users", await StoredUsers.WriteAsync(_folder, ("app", Password))] : []);

    private static string Login(bool password) => password ? $"app:{Password}@" : "";

    private static Dictionary<string, string> Proxies(string variable, string value) => new() { [variable] = value };

    /// <summary>Every protocol has carried a session to the origin: nobody went past the gateway.</summary>
    private void AssertServed(GatewayProcess gateway, string[] protocols)
    {
        foreach (var protocol in protocols)
            Assert.Matches($"\"protocol\":\"{protocol}\",\"command\":\"(connect|http)\",\"target\":\"({_http.EndPoint}|{_https.EndPoint})\"", gateway.Log.Text);
    }

    private async Task MakeRepositoryAsync()
    {
        var (work, bare) = (Path.Combine(_folder.Path, "work"), Path.Combine(_folder.Path, "bare.git"));
        await RunAsync("git", ["init", "-q", "-b", "main", work]);
        await File.WriteAllTextAsync(Path.Combine(work, "file"), Words);
        await RunAsync("git", ["-C", work, "add", "file"]);
        await RunAsync("git", ["-C", work, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "one"]);
        await RunAsync("git", ["clone", "-q", "--bare", work, bare]);
        // What a server that only knows files needs to serve it
        await RunAsync("git", ["-C", bare, "update-server-info"]);
    }

    private static async Task ReadsAsync(string program, string[] arguments, Dictionary<string, string> environment) =>
        Assert.Contains(Words, (await RunAsync(program, arguments, environment)).Output, StringComparison.Ordinal);

    private static async Task<ProgramResult> RunAsync(string program, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var result = await ExternalProgram.RunAsync(program, arguments, environment);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}\n{result}");
        return result;
    }
}
