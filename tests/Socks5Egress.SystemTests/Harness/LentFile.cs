using System.Diagnostics;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// A plain file that does not answer: another process holds a lease of it (fcntl(2), F_SETLEASE), so that whoever opens it waits, as on a network that
/// is down.
/// </summary>
internal sealed class LentFile : IAsyncDisposable
{
    private const string Script = """
        import fcntl, os, signal, sys
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), 1024, fcntl.F_WRLCK)
        print("lent", flush=True)
        sys.stdin.read()
        """;

    private readonly Process _holder;

    private LentFile(Process holder) => _holder = holder;

    public static async Task<LentFile> LendAsync(string path)
    {
        var holder = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Script, path])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        using var deadline = Deadline.Token();
        var line = await holder.StandardOutput.ReadLineAsync(deadline.Token);
        return line == "lent" ? new LentFile(holder) : throw new InvalidOperationException("the file cannot be lent");
    }

    public async ValueTask DisposeAsync()
    {
        _holder.Kill();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }
}
