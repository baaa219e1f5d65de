using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>Programs that know no proxy, unchanged: what the gateway refuses is refused to each in its own words, and what it grants works.</summary>
public sealed class ClientMatrixTests
{
    private const string Node = "require('net').connect({ host: '05.test', port: 80, autoSelectFamily: false }).on('error', e => console.log(e.code))";

    private const string Java = """
        public class Refused {
            public static void main(String[] words) throws Exception {
                try (var s = new java.net.Socket("05.test", 80)) { System.out.println("connected"); }
                catch (java.net.ConnectException e) { System.out.println(e.getMessage()); }
            }
        }
        """;

    // Static: nothing that is preloaded would be asked
    private const string C = """
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <sys/socket.h>
        int main(void) {
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
            inet_pton(AF_INET, "203.0.113.5", &to.sin_addr);
            if (connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to)) perror("connect");
        }
        """;

    public static TheoryData<string, string[]> Clients => new()
    {
        { "Failed to connect|Connection refused|Couldn't connect", ["curl", "-sS", "http://05.test/"] },
        { "ECONNREFUSED", ["node", "-e", Node] },
        { "Connection refused", ["psql", "host=05.test connect_timeout=20"] },
        { "Connection refused", ["redis-cli", "-h", "05.test", "ping"] },
        { "(111)|Connection refused", ["mariadb", "-h", "05.test", "-u", "app"] },
        { "Connection refused", ["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "05.test"] },
        { "Connection refused", ["git", "ls-remote", "git://05.test/x"] },
        { "Connection refused", ["java", "{java}"] },
        { "Connection refused", ["{static}"] },
    };

    [Theory, MemberData(nameof(Clients))]
    public async Task A_refusal_is_told_in_the_client_s_own_words(string words, string[] command)
    {
        using var folder = new TemporaryFolder();
        using var gateway = new ReplyGateway();
        string[] prepared = [.. await Task.WhenAll(command.Select(word => PrepareAsync(folder, word)))];
        foreach (var user in ExecProgram.Users)
        {
            var result = await ExecProgram.RunAsync(user, gateway.Via, prepared);
            Assert.True(words.Split('|').Any(word => (result.Output + result.Error).Contains(word, StringComparison.Ordinal)), $"{user}: {result}");
        }
    }

    [Fact]
    public async Task Psql_and_pgbench_reach_a_server_that_admits_one_address_with_an_unchanged_connection_string()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var gateway = new HostsGateway();
        var proxy = await gateway.StartAsync("127.0.0.1 localhost db.example.com");
        // For nobody to read
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        var environment = DatabaseClient.Libpq(server, "localhost");
        environment["PGHOST"] = "db.example.com";
        environment["HOME"] = folder.Path;
        environment["PGSSLROOTCERT"] = folder.Write("root.crt", File.ReadAllText(server.CertificateFile));
        var via = string.Create(CultureInfo.InvariantCulture, $"socks5://{proxy.EndPoint}");
        foreach (var user in ExecProgram.Users)
        {
            var result = await ExecProgram.RunAsync(user, via, [], [PostgresServer.Program("psql"), "-Atc", "select inet_client_addr()"], environment);
            Assert.True(result.Output == PostgresServer.AdmittedSource + "\n", result.ToString());
        }

        Assert.Equal(0, (await ExecProgram.RunAsync(ExecProgram.Nobody, via, [], [PostgresServer.Program("pgbench"), "-i", "-q"], environment)).ExitCode);
        var load = await ExecProgram.RunAsync(ExecProgram.Nobody, via, [], [PostgresServer.Program("pgbench"), "-C", "-S", "-c", "4", "-t", "25", "--no-vacuum"], environment);
        Assert.Contains("100/100", load.Output, StringComparison.Ordinal);
    }

    private static async Task<string> PrepareAsync(TemporaryFolder folder, string word)
    {
        if (word is not ("{java}" or "{static}")) return word;
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        if (word == "{java}") return folder.Write("Refused.java", Java);
        var source = folder.Write("refused.c", C);
        var program = Path.Combine(folder.Path, "refused");
        await Tool.RunAsync("gcc", ["-static", "-o", program, source], TestContext.Current.CancellationToken);
        return program;
    }
}
