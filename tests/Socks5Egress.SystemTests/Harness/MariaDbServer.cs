using System.Globalization;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A MariaDB of its own on 127.0.0.1, whose user may come from <see cref="PostgresServer.AdmittedSource"/> and from nowhere else.</summary>
internal sealed class MariaDbServer : IAsyncDisposable
{
    public const string User = "app";
    public const string Password = "a-password";

    private readonly TemporaryFolder _folder;
    private readonly ServerProcess _process;

    private MariaDbServer(TemporaryFolder folder, ServerProcess process, int port)
    {
        (_folder, _process, Port) = (folder, process, port);
    }

    public int Port { get; }

    /// <summary>What a client that checks the name trusts. It names localhost and 127.0.0.1.</summary>
    public string CertificateFile => Path.Combine(_folder.Path, "server.crt");

    /// <param name="tls">Whether it offers TLS.</param>
    public static async Task<MariaDbServer> StartAsync(bool tls = true)
    {
        var folder = new TemporaryFolder();
        ServerCertificate.Write(folder);
        var data = Path.Combine(folder.Path, "data");
        var first = folder.Write("first.sql", $"CREATE USER '{User}'@'{PostgresServer.AdmittedSource}' IDENTIFIED BY '{Password}';\n" +
            $"DELETE FROM mysql.global_priv WHERE Host NOT IN ('localhost', '{PostgresServer.AdmittedSource}');\nFLUSH PRIVILEGES;\n");
        await RunAsync("mariadb-install-db", "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve");
        await RunAsync("chown", "-R", "mysql:", folder.Path);
        var port = FreePort.Pick();
        var process = await ServerProcess.StartAsync(port, "mariadbd", ["--no-defaults", "--user=mysql", "--datadir=" + data,
            "--port=" + port.ToString(CultureInfo.InvariantCulture), "--bind-address=127.0.0.1", "--socket=" + Path.Combine(folder.Path, "socket"),
            "--pid-file=" + Path.Combine(folder.Path, "pid"), "--skip-name-resolve", "--init-file=" + first, "--innodb-flush-log-at-trx-commit=0",
            // A JVM on a busy machine takes longer than the usual 10 s from the greeting to the login
            "--connect-timeout=120",
            .. tls ? ["--ssl-cert=" + Path.Combine(folder.Path, "server.crt"), "--ssl-key=" + Path.Combine(folder.Path, "server.key")] : Array.Empty<string>()]);
        return new MariaDbServer(folder, process, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ExternalProgram.RunAsync(program, arguments);
        if (result.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {result}");
    }
}
