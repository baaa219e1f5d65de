using System.Diagnostics;
using System.Text;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>What a client program printed and how it ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>Runs somebody else's client to its end.</summary>
internal static class ExternalProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs it; standard output is text.</summary>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var text = new StringBuilder();
        return await RunAsync(program, arguments, environment, input, async (output, token) =>
        {
            using var reader = new StreamReader(output);
            text.Append(await reader.ReadToEndAsync(token));
        }, text.ToString);
    }

    /// <summary>Runs it; standard output goes to <paramref name="read"/>, and <paramref name="text"/> tells of it afterwards.</summary>
    public static async Task<ProgramResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? input,
        Func<Stream, CancellationToken, Task> read, Func<string> text)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The clients read these, and a developer's own settings are none of the test's
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(key);
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;

        using var deadline = Deadline.Token(Limit);
        using var process = Start(start);
        try
        {
            await WriteInputAsync(process.StandardInput, input);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await read(process.StandardOutput.BaseStream, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramResult(process.ExitCode, text(), await error);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{program} was still running after {Limit}");
            throw;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteInputAsync(StreamWriter standardInput, string? input)
    {
        try
        {
            await using (standardInput) await standardInput.WriteAsync(input);
        }
        catch (IOException)
        {
            // It ended without reading: its exit code and its words say why
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"{start.FileName} cannot be started ({error.Message}): run tests/run, which installs it", error);
        }
    }
}
