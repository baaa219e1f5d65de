using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Image;

/// <summary>A gateway in a process of its own, from its "ready" line to its end.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly Process _process;

    private RunningGateway(Process process, string admin)
    {
        _process = process;
        Admin = admin;
    }

    /// <summary>Where it answers health checks.</summary>
    public string Admin { get; }

    /// <summary>Starts it on ports of its own choice and waits until it is ready.</summary>
    /// <param name="program">The executable, or what runs it.</param>
    /// <param name="before">Arguments in front of the gateway's.</param>
    public static async Task<RunningGateway> StartAsync(string program, IEnumerable<string> before, CancellationToken cancellation)
    {
        string[] options = ["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log", "json"];
        var process = Process.Start(new ProcessStartInfo(program, [.. before, .. options]) { RedirectStandardError = true })
            ?? throw new InvalidOperationException(program + " did not start");
        try
        {
            return new RunningGateway(process, await ReadAdminAsync(process, cancellation));
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The process of this name below the one that was started: its user and its resident memory in bytes.</summary>
    public (uint User, long Resident) FindProcess(string name)
    {
        foreach (var id in ProcessesBelow())
        {
            if (Status(id) is not { } status || status["Name"] != name) continue;
            var kibibytes = long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture);
            return (uint.Parse(status["Uid"].Split('\t')[0], CultureInfo.InvariantCulture), kibibytes * 1024);
        }

        throw new InvalidOperationException("no process " + name + " runs below " + _process.Id);
    }

    public async ValueTask DisposeAsync()
    {
        // All of them by name of their own: what runs a container may be gone before what runs inside is looked for
        foreach (var id in Enumerable.Reverse(ProcessesBelow())) Signals.Send(id, Signals.Kill);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The process and everything below it, parents first.</summary>
    private List<int> ProcessesBelow()
    {
        var children = Process.GetProcesses().Select(process =>
        {
            using (process) return (process.Id, Status(process.Id));
        }).Where(pair => pair.Item2 is not null).ToLookup(pair => int.Parse(pair.Item2!["PPid"], CultureInfo.InvariantCulture), pair => pair.Id);

        var below = new List<int> { _process.Id };
        for (var i = 0; i < below.Count; i++) below.AddRange(children[below[i]]);
        return below;
    }

    private static async Task<string> ReadAdminAsync(Process process, CancellationToken cancellation)
    {
        var seen = new List<string>();
        while (await process.StandardError.ReadLineAsync(cancellation) is { } line)
        {
            seen.Add(line);
            if (!line.Contains("\"gateway.ready\"", StringComparison.Ordinal)) continue;
            using var ready = JsonDocument.Parse(line);
            // Read on, so that what it says later never fills the pipe
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return ready.RootElement.GetProperty("admin").GetString()!;
        }

        await process.WaitForExitAsync(cancellation);
        throw new InvalidOperationException("the gateway ended with " + process.ExitCode + " before it was ready:\n" + string.Join('\n', seen));
    }

    private static Dictionary<string, string>? Status(int id)
    {
        try
        {
            return File.ReadLines("/proc/" + id + "/status").Select(line => line.Split(":\t", 2)).Where(pair => pair.Length == 2)
                .ToDictionary(pair => pair[0], pair => pair[1].Trim());
        }
        catch (IOException)
        {
            return null; // It ended meanwhile
        }
    }
}
