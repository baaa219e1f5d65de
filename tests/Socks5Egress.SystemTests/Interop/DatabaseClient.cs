using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>
/// A real PostgreSQL client: runs one query, over TLS with the server's name checked, and prints the first
/// column. The proxy is given the way that client's users give it.
/// </summary>
internal static class DatabaseClient
{
    public const string Psql = "psql under proxychains4";
    public const string PgJdbc = "pgJDBC";
    public const string NodePostgres = "node-postgres";

    public static IReadOnlyList<string> All => [Psql, PgJdbc, NodePostgres];

    /// <param name="client">One of the names above.</param>
    /// <param name="server">Where the query runs.</param>
    /// <param name="proxy">The gateway, or null for a direct connection.</param>
    /// <param name="query">One statement.</param>
    /// <param name="host">What the client is told of the server: 127.0.0.1 or localhost.</param>
    /// <param name="sslMode">What pgJDBC asks for; node-postgres asks for TLS unless it is <c>disable</c>.</param>
    public static Task<ProgramResult> QueryAsync(
        string client, PostgresServer server, SocksProxy? proxy, string query, string host = "127.0.0.1", string sslMode = "verify-full") => client switch
        {
            Psql => PsqlAsync(server, proxy, query, host),
            PgJdbc => PgJdbcAsync(server, proxy, query, host, sslMode),
            NodePostgres => NodePostgresAsync(server, proxy, query, host, sslMode),
            _ => throw new ArgumentOutOfRangeException(nameof(client), client, "no such client"),
        };

    /// <summary>The environment that libpq reads.</summary>
    public static Dictionary<string, string> Libpq(PostgresServer server, string host) => new()
    {
        ["PGHOST"] = host,
        ["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture),
        ["PGUSER"] = PostgresServer.User,
        ["PGPASSWORD"] = PostgresServer.Password,
        ["PGDATABASE"] = PostgresServer.Database,
        ["PGSSLMODE"] = "verify-full",
        ["PGSSLROOTCERT"] = server.CertificateFile,
        ["PGCONNECT_TIMEOUT"] = "20",
    };

    private static async Task<ProgramResult> PsqlAsync(PostgresServer server, SocksProxy? proxy, string query, string host)
    {
        using var folder = new TemporaryFolder();
        string[] psql = [PostgresServer.Program("psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", query];
        var environment = Libpq(server, host);
        return proxy is null
            ? await ExternalProgram.RunAsync(psql[0], psql.Skip(1), environment)
            : await ExternalProgram.RunAsync("proxychains4", ["-q", "-f", proxy.WriteProxychains(folder), .. psql], environment);
    }

    private static Task<ProgramResult> PgJdbcAsync(PostgresServer server, SocksProxy? proxy, string query, string host, string sslMode)
    {
        List<string> arguments = [];
        if (proxy is not null)
        {
            arguments.Add("-DsocksProxyHost=" + proxy.EndPoint.Address);
            arguments.Add("-DsocksProxyPort=" + proxy.EndPoint.Port.ToString(CultureInfo.InvariantCulture));
            // Without this the JVM passes loopback targets by the proxy
            arguments.Add("-DsocksNonProxyHosts=");
        }
        arguments.AddRange(["-cp", "/usr/share/java/postgresql.jar",
            RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "java", "Query.java"),
            string.Create(CultureInfo.InvariantCulture, $"jdbc:postgresql://{host}:{server.Port}/{PostgresServer.Database}?sslmode={sslMode}&sslrootcert={server.CertificateFile}&loginTimeout=20"),
            PostgresServer.User, query]);
        var environment = new Dictionary<string, string> { ["PGPASSWORD"] = PostgresServer.Password };
        if (proxy is { User: { } user, Password: { } password }) (environment["SOCKS_USER"], environment["SOCKS_PASSWORD"]) = (user, password);
        return ExternalProgram.RunAsync("java", arguments, environment);
    }

    private static Task<ProgramResult> NodePostgresAsync(PostgresServer server, SocksProxy? proxy, string query, string host, string sslMode)
    {
        var environment = Libpq(server, host);
        // pg would build a TLS configuration of its own from these
        environment.Remove("PGSSLMODE");
        environment.Remove("PGSSLROOTCERT");
        environment["CA_FILE"] = sslMode == "disable" ? "" : server.CertificateFile;
        environment["QUERY"] = query;
        proxy?.AddTo(environment);
        var script = RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node", "query.mjs");
        Assert.True(Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules")), "run tests/run, which installs pg and socks");
        return ExternalProgram.RunAsync("node", [script], environment);
    }
}
