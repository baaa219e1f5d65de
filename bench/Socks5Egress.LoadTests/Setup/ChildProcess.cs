using System.Diagnostics;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>A process of the run; ended with it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Error => _process.StandardError;

    /// <exception cref="InvalidOperationException">It cannot be started.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, bool readsError = false)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = readsError,
        };
        return new ChildProcess(Of(info));
    }

    /// <summary>Starts a process.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started; the message says which and why.</exception>
    public static Process Of(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"{info.FileName} cannot be started: {error.Message}", error);
        }
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>Null when its exit code is 0, else what it wrote.</returns>
    public static async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancellation)
    {
        using var process = Of(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? null : $"{Path.GetFileName(program)} failed: {await error}{await output}";
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, Signals.Terminate);
            throw;
        }
    }

    /// <summary>Asks it to end, and ends it with everything below it when that was not enough.</summary>
    public static async Task EndAsync(Process process, int signal)
    {
        if (!process.HasExited) Signals.Send(process.Id, signal);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process, Signals.Terminate);
        _process.Dispose();
    }
}
