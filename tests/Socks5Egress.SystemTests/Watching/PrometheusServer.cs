using System.Text.Json;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>Debian's Prometheus, which scrapes one gateway every second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ServerProcess _process;
    private readonly HttpClient _http;

    private PrometheusServer(TemporaryFolder folder, ServerProcess process, int port)
    {
        (_folder, _process) = (folder, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static async Task<PrometheusServer> StartAsync(GatewayProcess gateway)
    {
        var folder = new TemporaryFolder();
        var configuration = folder.Write("prometheus.yml", $"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
            scrape_configs:
              - job_name: socks5egress
                static_configs:
                  - targets: ["{gateway.Admin.Authority}"]

            """);
        var port = FreePort.Pick();
        var process = await ServerProcess.StartAsync(port, "/usr/bin/prometheus", $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(folder.Path, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn");
        return new PrometheusServer(folder, process, port);
    }

    /// <summary>Evaluates an expression now.</summary>
    /// <returns>Whether it is a sound one, and the series that it gives.</returns>
    public async Task<(string Status, IReadOnlyList<JsonElement> Series, string Answer)> QueryAsync(string expression)
    {
        using var answer = await _http.GetAsync(new Uri("/api/v1/query?query=" + Uri.EscapeDataString(expression), UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        // While it starts it answers with a sentence
        if (!text.StartsWith('{')) return ("starting", [], text);
        using var json = JsonDocument.Parse(text);
        var status = json.RootElement.GetProperty("status").GetString()!;
        IReadOnlyList<JsonElement> series = status == "success"
            ? [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(each => each.Clone())] : [];
        return (status, series, text);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
