using System.Diagnostics;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>The status page in a real Chromium, through node/status-page.mjs.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _artifacts;

    private Browser(Process process, string artifacts) => (_process, _artifacts) = (process, artifacts);

    /// <param name="gateway">Whose page.</param>
    /// <param name="artifacts">The folder of the pictures, from the root of the repository.</param>
    public static Browser Open(GatewayProcess gateway, params string[] artifacts)
    {
        var folder = Directory.CreateDirectory(RepositoryRoot.Of(artifacts)).FullName;
        return new Browser(Process.Start(new ProcessStartInfo("node", ["status-page.mjs", gateway.Admin.ToString(), folder])
        {
            WorkingDirectory = RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!, folder);
    }

    /// <summary>Waits until the page is there and live.</summary>
    public async Task LoadedAsync() => Assert.Equal("loaded", await LineAsync());

    /// <summary>Waits for a session and a refusal, takes the pictures, and tells what is there.</summary>
    public async Task<JsonDocument> LookAsync()
    {
        await _process.StandardInput.WriteLineAsync("go on");
        await _process.StandardInput.FlushAsync();
        return JsonDocument.Parse(await LineAsync() ?? "null");
    }

    public string Picture(string look) => Path.Combine(_artifacts, $"status-page-{look}.png");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string?> LineAsync()
    {
        using var deadline = Deadline.Token(TimeSpan.FromSeconds(90));
        return await _process.StandardOutput.ReadLineAsync(deadline.Token);
    }
}
