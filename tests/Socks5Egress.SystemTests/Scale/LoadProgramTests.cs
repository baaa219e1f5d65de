using System.Diagnostics;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>The load program around its scenarios: what it refuses, what it leaves, and a gateway that somebody else has started.</summary>
public sealed class LoadProgramTests : IDisposable
{
    private const string Marker = "TMPDIR";

    private static readonly string Program = RepositoryRoot.Of("bench", "Socks5Egress.LoadTests", "bin", "Release", "net10.0", "loadtests");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private string Report => Path.Combine(_folder.Path, "report");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("loadtests")]
    [InlineData("initdb")]
    [InlineData("pgbench")]
    [InlineData("mixed-few: running")]
    public async Task An_interrupted_run_leaves_nothing(string phase)
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_folder.Path, "tmp")).FullName;
        // PostgreSQL runs as another user, and goes through it
        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var info = new ProcessStartInfo(Program, ["--gateway", GatewayProcess.Executable, "--output", Report, "--seconds", "20", "--scenario", "mixed-few"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        info.Environment[Marker] = temporary;
        // A runtime that is killed leaves sockets for debuggers there
        info.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(info)!;
        using var deadline = Deadline.Token(Patience);
        var said = new List<string>();
        var reading = ReadAsync(process.StandardError, said);
        while (!Reached(phase, temporary, said, process.Id)) await Task.Delay(10, deadline.Token);

        // Not SIGINT: a test run in the background has it ignored, and its children with it
        Signals.Send(process.Id, Signals.Terminate);
        await process.WaitForExitAsync(deadline.Token);
        await reading;

        Assert.Equal((128 + Signals.Terminate, "interrupted: there is no report, and everything that was started has ended"), (process.ExitCode, said[^1]));
        Assert.Empty(Started(temporary));
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
        Assert.False(Directory.Exists(Report));
    }

    [Fact]
    public async Task A_gateway_that_runs_already_is_loaded_by_its_url_and_not_ended()
    {
        await using var gateway = await GatewayProcess.StartAsync("epoll");
        var result = await RunAsync("--target", $"socks5://{gateway.EndPoint}", "--scenario", "pingpong", "--seconds", "1");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Report, "load.json"), TestContext.Current.CancellationToken));
        var cost = report.RootElement.GetProperty("scenarios")[0].GetProperty("cost");
        Assert.Equal(JsonValueKind.Null, cost.GetProperty("gateway").ValueKind);
        Assert.True(ProcessState.Descriptors(gateway.Pid) > 0);
    }

    [Fact]
    public async Task What_cannot_be_run_is_a_sentence_and_exit_code_2()
    {
        await ExpectAsync("is neither the socks5egress program nor a folder with it", "--gateway", _folder.Path);
        await ExpectAsync("--gateway PATH or --target URL is needed");
        await ExpectAsync("there is no 'mixxed'", "--gateway", GatewayProcess.Executable, "--scenario", "mixxed");
        await ExpectAsync("--target must be the URL of a gateway", "--target", "nowhere");
        await ExpectAsync("--serve must be an address", "--gateway", GatewayProcess.Executable, "--serve", "localhost");
        await ExpectAsync("127.0.0.1:1", "--target", "socks5://127.0.0.1:1", "--scenario", "connect");
        Assert.False(Directory.Exists(Report));
    }

    [Fact]
    public async Task The_program_may_be_named_by_its_folder_and_a_foreign_file_stays()
    {
        var foreign = Path.Combine(Directory.CreateDirectory(Path.Combine(Report, "nbomber")).FullName, "foreign");
        await File.WriteAllTextAsync(foreign, "mine", TestContext.Current.CancellationToken);
        var result = await RunAsync("--gateway", Path.GetDirectoryName(GatewayProcess.Executable)!, "--scenario", "pingpong", "--seconds", "1");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("mine", await File.ReadAllTextAsync(foreign, TestContext.Current.CancellationToken));
    }

    private async Task ExpectAsync(string sentence, params string[] options)
    {
        var result = await RunAsync(options);
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(params string[] options) => ExternalProgram.RunAsync(Program, ["--output", Report, .. options]);

    /// <summary>A phase is a line of the program, or a child of it that has begun.</summary>
    private static bool Reached(string phase, string temporary, List<string> said, int pid)
    {
        lock (said)
            if (said.Contains(phase)) return true;
        return Started(temporary).Any(child => child.Name == phase && child.Pid != pid);
    }

    /// <summary>Processes that have the run's folder in their environment: it, and everything that it has started.</summary>
    private static IEnumerable<(int Pid, string Name)> Started(string temporary)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            string environment, name;
            try
            {
                environment = File.ReadAllText(folder + "/environ");
                name = File.ReadAllText(folder + "/comm").Trim();
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (environment.Contains($"{Marker}={temporary}\0", StringComparison.Ordinal))
                yield return (int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture), name);
        }
    }

    private static async Task ReadAsync(StreamReader reader, List<string> said)
    {
        while (await reader.ReadLineAsync() is { } line)
            lock (said) said.Add(line);
    }
}
