using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>A PostgreSQL of the run's own on 127.0.0.1, filled by <c>pgbench -i</c>; it trusts everybody on this machine, and no other reaches it.</summary>
internal sealed class PostgresUnderLoad : IAsyncDisposable
{
    public const string User = "app";
    public const string Database = "postgres";

    private const string Versions = "/usr/lib/postgresql";
    private const int Tries = 150;

    private readonly string _folder = Directory.CreateTempSubdirectory("socks5egress-load-").FullName;
    private Process? _process;

    private PostgresUnderLoad()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public int Port { get; }

    /// <summary>Whether this machine has a PostgreSQL, and we may start it: as root, since the server wants another user.</summary>
    public static bool IsThere => Directory.Exists(Versions) && Environment.IsPrivilegedProcess;

    public static string Program(string name) =>
        Path.Combine(Directory.GetDirectories(Versions).MaxBy(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))!, "bin", name);

    /// <param name="cancellation">Ends the start, and what it has started.</param>
    public static async Task<PostgresUnderLoad> StartAsync(CancellationToken cancellation)
    {
        var server = new PostgresUnderLoad();
        try
        {
            await server.BeginAsync(cancellation);
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
        if (_process is { } process)
        {
            // SIGINT is its fast shutdown, after which its shared memory is gone too
            await ChildProcess.EndAsync(process, Signals.Interrupt);
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    // PostgreSQL does not run as root
    private static string[] AsPostgres => ["--reuid=postgres", "--regid=postgres", "--init-groups"];

    private async Task BeginAsync(CancellationToken cancellation)
    {
        var (data, host, port) = (Path.Combine(_folder, "data"), "127.0.0.1", Port.ToString(CultureInfo.InvariantCulture));
        await RunAsync("chown", ["postgres:", _folder], cancellation);
        await RunAsync("setpriv",
            [.. AsPostgres, Program("initdb"), "-D", data, "-U", User, "--no-sync", "--locale", "C", "--auth", "trust"], cancellation);
        _process = ChildProcess.Of(new ProcessStartInfo("setpriv", [.. AsPostgres, Program("postgres"), "-D", data, "-c", $"port={port}",
            "-c", $"listen_addresses={host}", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "log_min_messages=fatal"])
            { RedirectStandardError = true });
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        await RunAsync(Program("pg_isready"), ["-h", host, "-p", port, "-t", "30"], cancellation, Tries);
        await RunAsync(Program("pgbench"), ["-i", "-q", "-h", host, "-p", port, "-U", User, Database], cancellation);
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellation, int tries = 1)
    {
        while (await ChildProcess.RunAsync(program, arguments, cancellation) is { } failure)
        {
            if (--tries == 0) throw new InvalidOperationException(failure);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
        }
    }
}
