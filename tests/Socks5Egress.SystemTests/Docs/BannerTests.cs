using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>What the README's first command prints: lines to copy, and they work.</summary>
public sealed partial class BannerTests
{
    [Fact]
    public async Task The_first_command_prints_lines_to_copy_and_the_one_for_curl_works()
    {
        await using var web = RawTarget.Start(async peer =>
        {
            await peer.ReceiveSomeAsync(new byte[4096]);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nreached"u8.ToArray());
            peer.Finish();
        });
        // The ports are not those of the README, as another program may have them; loopback is open, as curl's target is there
        var start = new ProcessStartInfo("dotnet",
            ["run", "--no-build", "-c", "Release", "--project", RepositoryRoot.Of("src", "Socks5Egress"), "--",
                "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log", "text", .. GatewayProcess.OpenLoopback])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var banner = await BannerAsync(process);
            foreach (var client in (string[])["psql", "JDBC", "node-postgres"])
                Assert.Matches($@"(?m)^ +{client} +\S+", banner);
            var line = CurlLine().Match(banner).Groups[1].Value.Replace("https://example.com/", $"http://{web.EndPoint}/", StringComparison.Ordinal);
            var fetched = await ExternalProgram.RunAsync("bash", ["-c", line + " --silent --show-error"]);
            Assert.Equal((0, "reached"), (fetched.ExitCode, fetched.Output));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> BannerAsync(Process process)
    {
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(2));
        var text = new StringBuilder();
        while (await process.StandardError.ReadLineAsync(deadline.Token) is { } line)
        {
            text.AppendLine(line);
            if (line.Contains("Ctrl+C", StringComparison.Ordinal)) return text.ToString();
        }
        throw new InvalidOperationException("It ended without a banner:\n" + text);
    }

    [GeneratedRegex(@"(?m)^ +curl +(curl .+)$")]
    private static partial Regex CurlLine();
}
