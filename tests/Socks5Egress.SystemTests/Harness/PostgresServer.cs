using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// A PostgreSQL cluster of its own on 127.0.0.1, as its administrator would close it: <c>pg_hba.conf</c> admits
/// TLS connections from <see cref="AdmittedSource"/> and nothing else, with a password.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "a-password";
    public const string Database = "postgres";

    /// <summary>The one address that may connect: what a gateway is given with <c>--bind</c>.</summary>
    public static readonly IPAddress AdmittedSource = IPAddress.Parse("127.0.0.77");

    private readonly TemporaryFolder _folder;
    private Process _process;
    private Task<string> _log;

    private readonly bool _tls;

    private PostgresServer(TemporaryFolder folder, int port, bool tls)
    {
        (_folder, _tls) = (folder, tls);
        Port = port;
        _process = Launch();
        _log = _process.StandardError.ReadToEndAsync();
    }

    public int Port { get; }

    /// <summary>The certificate that <c>sslmode=verify-full</c> trusts. It names localhost and 127.0.0.1.</summary>
    public string CertificateFile => Path.Combine(_folder.Path, "server.crt");

    /// <param name="tls">It offers TLS, and admits nothing else.</param>
    /// <param name="names">Names in its certificate, beside the usual ones.</param>
    public static async Task<PostgresServer> StartAsync(bool tls = true, params string[] names)
    {
        var folder = new TemporaryFolder();
        ServerCertificate.Write(folder, rsa: false, names);
        var data = Path.Combine(folder.Path, "data");
        var password = folder.Write("password", Password);
        await RunAsync("chown", "-R", "postgres:", folder.Path);
        File.SetUnixFileMode(Path.Combine(folder.Path, "server.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RunAsync("setpriv", [.. AsPostgres, Program("initdb"), "-D", data, "-U", User, "--pwfile", password,
            "--auth", "scram-sha-256", "--no-sync", "--locale", "C", "--encoding", "UTF8"]);
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), $"{(tls ? "hostssl" : "host")} all all {AdmittedSource}/32 scram-sha-256\n");

        var server = new PostgresServer(folder, FreePort.Pick(), tls);
        await Deadline.UntilAsync(server.AnswersAsync, () => "PostgreSQL does not answer", TimeSpan.FromMinutes(1));
        return server;
    }

    /// <summary>One of the programs of PostgreSQL; Debian keeps them out of the path.</summary>
    public static string Program(string name)
    {
        const string versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(versions)
            ? Directory.GetDirectories(versions).MaxBy(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))
            : null;
        return newest is null
            ? throw new InvalidOperationException("PostgreSQL is not installed: run tests/run, which does it")
            : Path.Combine(newest, "bin", name);
    }

    /// <summary>Ends the backends and the server at once, as a crash of the machine would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        // The postmaster first: it must not start a recovery, and its children die with their parent's pipe
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts a server that was killed again, on its port and its data.</summary>
    public async Task RestartAsync()
    {
        await _log;
        _process.Dispose();
        _process = Launch();
        _log = _process.StandardError.ReadToEndAsync();
        await Deadline.UntilAsync(AnswersAsync, () => "PostgreSQL does not answer", TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) Signals.Send(_process.Id, Signals.Interrupt);
        await _process.WaitForExitAsync();
        await _log;
        _process.Dispose();
        _folder.Dispose();
    }

    // PostgreSQL does not run as root
    private static string[] AsPostgres => ["--reuid=postgres", "--regid=postgres", "--init-groups"];

    private Process Launch() => Process.Start(new ProcessStartInfo("setpriv", [.. AsPostgres, Program("postgres"), "-D", Path.Combine(_folder.Path, "data"),
        "-c", "port=" + Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", _tls ? "ssl=on" : "ssl=off",
        "-c", "ssl_cert_file=" + Path.Combine(_folder.Path, "server.crt"),
        "-c", "ssl_key_file=" + Path.Combine(_folder.Path, "server.key")]) { RedirectStandardError = true })!;

    private async Task<bool> AnswersAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException("PostgreSQL ended:\n" + await _log);
        var result = await ExternalProgram.RunAsync(Program("pg_isready"), ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture)]);
        return result.ExitCode == 0;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ExternalProgram.RunAsync(program, arguments);
        if (result.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {result}");
    }
}
