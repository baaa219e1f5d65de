using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>Runs the built executable to its end.</summary>
internal static class Cli
{
    public static Task<ProgramResult> RunAsync(string[] words, string? input = null, params (string Key, string Value)[] environment)
    {
        var variables = environment.ToDictionary(pair => pair.Key, pair => pair.Value);
        return ExternalProgram.RunAsync(GatewayProcess.Executable, words, variables, input);
    }

    /// <summary>Runs what must be refused: exit code 2, nothing on standard output.</summary>
    /// <returns>The lines of standard error.</returns>
    public static async Task<string[]> RefusedAsync(string[] words, params (string Key, string Value)[] environment)
    {
        var result = await RunAsync(words, null, environment);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        return result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
