using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>A PostgreSQL of the run's own on 127.0.0.1, filled by <c>pgbench -i</c>; trusts everybody who reaches it.</summary>
internal sealed class PostgresUnderLoad : IAsyncDisposable
{
    public const string User = "app";
    public const string Database = "postgres";

    private const string Versions = "/usr/lib/postgresql";

    private readonly string _folder;
    private readonly Process _process;

    private PostgresUnderLoad(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Whether this machine has a PostgreSQL.</summary>
    public static bool IsThere => Directory.Exists(Versions);

    public static string Program(string name) =>
        Path.Combine(Directory.GetDirectories(Versions).MaxBy(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))!, "bin", name);

    public static async Task<PostgresUnderLoad> StartAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("socks5egress-load-").FullName;
        var port = FreePort();
        var data = Path.Combine(folder, "data");
        await RunAsync("chown", ["postgres:", folder], cancellation);
        await RunAsync("setpriv", [.. AsPostgres, Program("initdb"), "-D", data, "-U", User, "--auth", "trust", "--no-sync", "--locale", "C"], cancellation);
        var process = Process.Start(new ProcessStartInfo("setpriv", [.. AsPostgres, Program("postgres"), "-D", data, "-c", $"port={port}",
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "log_min_messages=fatal"])
            { RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var server = new PostgresUnderLoad(folder, process, port);
        try
        {
            await RunAsync(Program("pg_isready"), ["-h", "127.0.0.1", "-p", $"{port}", "-t", "30"], cancellation, tries: 150);
            await RunAsync(Program("pgbench"), ["-i", "-q", "-h", "127.0.0.1", "-p", $"{port}", "-U", User, Database], cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // PostgreSQL does not run as root
    private static string[] AsPostgres => ["--reuid=postgres", "--regid=postgres", "--init-groups"];

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellation, int tries = 1)
    {
        while (true)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode == 0) return;
            if (--tries == 0) throw new InvalidOperationException($"{Path.GetFileName(program)} failed: {await error}{await output}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
