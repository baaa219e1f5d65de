using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

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
        var parents = new Dictionary<int, int>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (Status(process.Id) is { } status) parents[process.Id] = int.Parse(status["PPid"], CultureInfo.InvariantCulture);
            }
        }

        foreach (var id in parents.Keys)
        {
            if (!IsBelow(id) || Status(id) is not { } status || status["Name"] != name) continue;
            var kibibytes = long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture);
            return (uint.Parse(status["Uid"].Split('\t')[0], CultureInfo.InvariantCulture), kibibytes * 1024);
        }

        throw new InvalidOperationException("no process " + name + " runs below " + _process.Id);

        bool IsBelow(int id)
        {
            while (id != _process.Id && parents.TryGetValue(id, out var parent)) id = parent;
            return id == _process.Id;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
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
