using System.Diagnostics;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>Runs <c>socks5egress egress</c> for the app "egress" against a fake, and holds it to its exit code and to silence about the token.</summary>
internal static class EgressProgram
{
    public static async Task<ProgramResult> RunAsync(FakeFly fly, string[] words, int exit, string? input = null, string? token = null)
    {
        token ??= fly.Token;
        var result = await ExternalProgram.RunAsync(
            GatewayProcess.Executable, ["egress", words[0], "--app", "egress", .. words[1..]],
            new Dictionary<string, string> { ["FLY_API_TOKEN"] = token, ["FLY_API_BASE_URL"] = fly.BaseUrl }, input);
        Assert.True(result.ExitCode == exit, $"exit {result.ExitCode}, expected {exit}\n{result}");
        if (token.Length > 0) Assert.DoesNotContain(token.Split(' ')[^1], result.Output + result.Error, StringComparison.Ordinal);
        return result;
    }

    /// <summary>Starts one that a test sends signals to.</summary>
    public static Process Start(FakeFly fly, string[] words)
    {
        var start = new ProcessStartInfo(GatewayProcess.Executable, ["egress", words[0], "--app", "egress", .. words[1..]])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["FLY_API_TOKEN"], start.Environment["FLY_API_BASE_URL"]) = (fly.Token, fly.BaseUrl);
        return Process.Start(start)!;
    }
}
