using System.Diagnostics;
using System.Net;

namespace Socks5Egress.SystemTests.Harness;

/// <summary><c>forward</c> with one target, up until it is disposed. The port is read from its own words.</summary>
internal sealed class ForwardProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    private ForwardProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Pid => _process.Id;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public int Port => EndPoint.Port;

    /// <param name="target">HOST:PORT.</param>
    /// <param name="via">One or more gateways.</param>
    /// <param name="options">More of them.</param>
    public static Task<ForwardProcess> StartAsync(string target, string via, params string[] options) => StartAsync([], target, via, options);

    /// <param name="through">A command in front of it that becomes the program (<see cref="HostsFile"/>).</param>
    /// <param name="target">HOST:PORT.</param>
    /// <param name="via">One or more gateways.</param>
    /// <param name="options">More of them.</param>
    public static async Task<ForwardProcess> StartAsync(IReadOnlyList<string> through, string target, string via, params string[] options)
    {
        string[] command = [.. through, GatewayProcess.Executable, "forward", "0=" + target, "--via", via, .. options];
        var forward = new ForwardProcess(Process.Start(new ProcessStartInfo(command[0], command[1..])
        { RedirectStandardOutput = true, RedirectStandardError = true })!);
        using var deadline = Deadline.Token();
        var line = await forward._process.StandardOutput.ReadLineAsync(deadline.Token)
            ?? throw new InvalidOperationException("forward did not start: " + await forward._error);
        forward.EndPoint = IPEndPoint.Parse(line.Split(' ')[0]);
        return forward;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code and what it said on standard error.</returns>
    public async Task<(int ExitCode, string Error)> WaitForExitAsync()
    {
        using var deadline = Deadline.Token();
        await _process.WaitForExitAsync(deadline.Token);
        return (_process.ExitCode, await _error);
    }

    /// <summary>SIGTERM, then the end.</summary>
    public Task<(int ExitCode, string Error)> StopAsync()
    {
        Signals.Send(Pid, Signals.Terminate);
        return WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _error;
        _process.Dispose();
    }
}
