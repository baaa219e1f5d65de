using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Compare.Load;

namespace Socks5Egress.Compare.Proxies;

/// <summary>One proxy with its target; the direct path is one without a process.</summary>
internal sealed class RunningProxy : IDisposable
{
    private const int Terminate = 15;
    private const int KillNow = 9;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    private readonly TargetProcess _target;
    private readonly Process? _process;

    private RunningProxy(ProxyKind kind, TargetProcess target, Process? process, int port, int admin, TimeSpan readyIn)
    {
        (Kind, _target, _process, Port, Admin, ReadyIn) = (kind, target, process, port, admin, readyIn);
    }

    public ProxyKind Kind { get; }

    /// <summary>Where the client connects.</summary>
    public int Port { get; }

    /// <summary>The port of the admin address, for what has one.</summary>
    public int Admin { get; }

    /// <summary>From starting the process to its first accepted connection.</summary>
    public TimeSpan ReadyIn { get; }

    /// <summary>The proxy's first process, or 0.</summary>
    public int Pid => _process?.Id ?? 0;

    public int TargetPort => _target.Port;

    /// <summary>Starts it and waits until it accepts.</summary>
    /// <param name="kind">What to start.</param>
    /// <param name="templates">The folder of the configuration templates.</param>
    /// <param name="scratch">A folder for its configuration and logs.</param>
    /// <param name="pinned">Keeps it, with the client, on the first core, and its target on the second.</param>
    /// <exception cref="ProxyUnavailableException">It cannot be started; the message says why.</exception>
    public static RunningProxy Start(ProxyKind kind, string templates, string scratch, bool pinned)
    {
        TargetProcess target = TargetProcess.Start(pinned ? 1 : -1);
        if (kind.Executable is null) return new RunningProxy(kind, target, null, target.Port, 0, TimeSpan.Zero);

        int port = FreePort();
        string config = Path.Combine(scratch, $"{kind.Name}-{port}.conf");
        string log = $"{config}.log";
        string certificate = kind.Tls ? ServerCertificate.In(scratch) : "";
        int admin = FreePort();
        if (kind.Template is { } template)
            File.WriteAllText(config, kind.Fill(File.ReadAllText(Path.Combine(templates, template)), port, target.Port, admin, config, certificate));

        string command = $"exec {(pinned ? "taskset -c 0 " : "")}{kind.Executable} {kind.Fill(kind.Arguments, port, target.Port, admin, config, certificate)}";
        long start = Stopwatch.GetTimestamp();
        Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{command} </dev/null >>{log} 2>&1"]))!;
        while (!Accepts(port))
        {
            if (!process.HasExited && Stopwatch.GetElapsedTime(start) < StartPatience) continue;
            End(process);
            target.Dispose();
            throw new ProxyUnavailableException($"{kind.Title} did not start: {LastLine(log)}");
        }
        return new RunningProxy(kind, target, process, port, admin, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Asks it to end, and sees to it after a second.</summary>
    public void Dispose()
    {
        if (_process is not null) End(_process);
        _target.Dispose();
    }

    private static void End(Process process)
    {
        List<int> tree = ProcessTree.Of(process.Id);
        if (!process.HasExited) _ = Libc.Kill(process.Id, Terminate);
        _ = process.WaitForExit(1_000);
        // Children that their parent left behind, and a proxy that waits for its sessions
        foreach (int pid in tree)
        {
            if (Directory.Exists($"/proc/{pid}")) _ = Libc.Kill(pid, KillNow);
        }
        process.Dispose();
    }

    private static bool Accepts(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            Thread.Sleep(1);
            return false;
        }
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string LastLine(string log) => File.Exists(log) && File.ReadLines(log).LastOrDefault() is { } line ? line : "it said nothing";
}

/// <summary>A proxy that is not there or does not start: it is left out, with this message.</summary>
internal sealed class ProxyUnavailableException(string message) : Exception(message);
