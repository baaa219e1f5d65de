using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// One running gateway: the built executable, or what <c>SOCKS5EGRESS_EXE</c> names. Its ports are read from the
/// <c>gateway.ready</c> line. Disposing kills it; a test of its end calls <see cref="StopAsync"/>.
/// </summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>Options that open loopback, where every target of these tests is.</summary>
    public static readonly string[] OpenLoopback = ["--allow", "127.0.0.0/8", "--allow", "[::1]"];

    private readonly Process _process;
    private readonly Task _reading;

    private GatewayProcess(Process process, GatewayLog log, Task reading)
    {
        _process = process;
        Log = log;
        _reading = reading;
    }

    /// <summary>The portable build, which a .NET tool runs.</summary>
    public static string Portable { get; } = RepositoryRoot.Of("src", "Socks5Egress", "bin", "Release", "net10.0", "socks5egress");

    public static string Executable { get; } = Environment.GetEnvironmentVariable("SOCKS5EGRESS_EXE") ?? Portable;

    public GatewayLog Log { get; }

    public int Pid => _process.Id;

    /// <summary>The first listener.</summary>
    public IPEndPoint EndPoint => EndPoints[0];

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Where <c>/healthz</c> and the others are.</summary>
    public Uri Admin { get; private set; } = new("http://127.0.0.1:0");

    public int Descriptors => ProcessState.Descriptors(Pid);

    public long ResidentBytes => ProcessState.ResidentBytes(Pid);

    public TimeSpan ProcessorTime => ProcessState.ProcessorTime(Pid);

    /// <summary>A gateway that may reach loopback, with these options beside.</summary>
    public static Task<GatewayProcess> StartAsync(string transport, params string[] options) =>
        StartAsync(new GatewayStart { Transport = transport, Options = [.. OpenLoopback, .. options] });

    /// <summary>Starts one and waits until it says it is ready.</summary>
    public static async Task<GatewayProcess> StartAsync(GatewayStart start)
    {
        var gateway = Launch(start);
        try
        {
            if (!start.ReadsLog) await gateway.Log.ReadReadyAsync(gateway._process.StandardError);
            await gateway.WaitReadyAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one and waits for nothing.</summary>
    public static GatewayProcess StartUnawaited(GatewayStart start) => Launch(start);

    /// <summary>Starts one that keeps its listeners closed until it leaves from the address it should; only its admin address answers.</summary>
    public static async Task<GatewayProcess> StartClosedAsync(GatewayStart start)
    {
        var gateway = Launch(start);
        try
        {
            gateway.Admin = new Uri("http://" + (await gateway.Log.WaitAsync("identity.waiting")).GetProperty("admin").GetString());
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until its listeners are open.</summary>
    public async Task WaitReadyAsync()
    {
        var ready = await Log.WaitAsync("gateway.ready");
        EndPoints = [.. ready.GetProperty("listen").EnumerateArray().Select(entry => IPEndPoint.Parse(entry.GetString()!))];
        if (ready.GetProperty("admin").ValueKind == JsonValueKind.String && ready.GetProperty("admin").GetString() is { Length: > 0 } admin && admin != "off")
            Admin = new Uri("http://" + admin);
    }

    /// <summary>Starts one whose log goes elsewhere: its one listener is found by asking the kernel.</summary>
    public static async Task<GatewayProcess> StartUnheardAsync(GatewayStart start)
    {
        var gateway = Launch(start with { Options = [.. start.Options, "--admin", "off"] });
        try
        {
            await Deadline.UntilAsync(() => ProcessState.Listening(gateway.Pid).Count > 0, () => "It does not listen. " + gateway.Log.Text);
            gateway.EndPoints = ProcessState.Listening(gateway.Pid);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public void Signal(int signal) => Signals.Send(Pid, signal);

    /// <summary>Waits for the end; the log is complete then.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("The gateway did not end. It said:\n" + Log.Text);
        }
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, then the exit code.</summary>
    public Task<int> StopAsync()
    {
        Signal(Signals.Terminate);
        return WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private static GatewayProcess Launch(GatewayStart start)
    {
        var command = start.Command();
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true };
        foreach (var (key, value) in start.Environment) info.Environment[key] = value;
        var process = Process.Start(info)!;
        var log = new GatewayLog();
        return new GatewayProcess(process, log, start.ReadsLog ? log.ReadAsync(process.StandardError) : Task.CompletedTask);
    }
}
