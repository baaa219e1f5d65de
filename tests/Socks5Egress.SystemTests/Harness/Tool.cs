using System.Diagnostics;
using System.Text;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>Runs a program of the system to its end; a failure shows the last of what it said.</summary>
internal static class Tool
{
    private const int LinesOfAFailure = 25;

    /// <summary>Whether a program of this name is in the search path.</summary>
    public static bool Exists(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string name, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(name + " did not start");
        var output = new StringBuilder();
        var all = new Queue<string>();

        void Keep(string? line, bool standardOutput)
        {
            if (line is null) return;
            lock (all)
            {
                if (standardOutput) output.Append(line).Append('\n');
                all.Enqueue(line);
                if (all.Count > LinesOfAFailure) all.Dequeue();
            }
        }

        process.OutputDataReceived += (_, line) => Keep(line.Data, true);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, false);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, name + " ended with " + process.ExitCode + ":\n" + string.Join('\n', all));
        return output.ToString();
    }
}
