using System.Diagnostics;
using System.Globalization;

namespace Socks5Egress.Compare.Proxies;

/// <summary>
/// A target in a process of its own. Each proxy has one: the ports that its connections leave in TIME_WAIT do not slow the next proxy's.
/// </summary>
internal sealed class TargetProcess : IDisposable
{
    private readonly Process _process;

    private TargetProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static TargetProcess Start(int core)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["target", core.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The target process ended at once.");
        return new TargetProcess(process, int.Parse(line, CultureInfo.InvariantCulture));
    }

    /// <summary>The target ends when its standard input does.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(2_000)) _process.Kill();
        _process.Dispose();
    }
}
