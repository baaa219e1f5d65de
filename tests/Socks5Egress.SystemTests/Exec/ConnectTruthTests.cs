using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Exec;

/// <summary><c>connect()</c> says what the gateway says, to blocking and non-blocking clients, by name and by address, as root and as an ordinary user.</summary>
public sealed class ConnectTruthTests
{
    private const string Blocking = """
        import socket, errno, sys
        for where in sys.argv[1:]:
            try:
                with socket.create_connection((where, 80), 20) as s:
                    s.sendall(b'hello'); print(where, 'OK' if s.recv(5) == b'hello' else 'BAD')
            except OSError as e: print(where, errno.errorcode.get(e.errno, str(e)))
        """;

    private const string NonBlocking = """
        import asyncio, errno, sys, socket
        async def one(where):
            loop = asyncio.get_running_loop()
            for family, kind, _, _, address in socket.getaddrinfo(where, 80, type=socket.SOCK_STREAM):
                with socket.socket(family, kind) as s:
                    s.setblocking(False)
                    try:
                        await loop.sock_connect(s, address)
                        await loop.sock_sendall(s, b'hello')
                        return 'OK' if await loop.sock_recv(s, 5) == b'hello' else 'BAD'
                    except OSError as e: last = errno.errorcode.get(e.errno, str(e))
            return last
        async def main():
            for where in sys.argv[1:]: print(where, await one(where))
        asyncio.run(main())
        """;

    private static readonly (string Where, string Outcome)[] Expected =
    [
        ("ok.test", "OK"), ("05.test", "ECONNREFUSED"), ("04.test", "EHOSTUNREACH"), ("03.test", "ENETUNREACH"), ("02.test", "EHOSTUNREACH"),
        ("203.0.113.1", "OK"), ("203.0.113.5", "ECONNREFUSED"), ("203.0.113.4", "EHOSTUNREACH"), ("203.0.113.3", "ENETUNREACH"), ("203.0.113.2", "EHOSTUNREACH"),
        ("2001:db8::1", "OK"), ("2001:db8::5", "ECONNREFUSED"), ("2001:db8::4", "EHOSTUNREACH"), ("2001:db8::3", "ENETUNREACH"), ("2001:db8::2", "EACCES"),
    ];

    public static TheoryData<string, string> Clients => new()
    {
        { ExecProgram.Root, Blocking }, { ExecProgram.Root, NonBlocking }, { ExecProgram.Nobody, Blocking }, { ExecProgram.Nobody, NonBlocking },
    };

    [Theory, MemberData(nameof(Clients))]
    public async Task Each_reply_has_its_errno(string user, string script)
    {
        using var gateway = new ReplyGateway();
        var result = await ExecProgram.RunAsync(user, gateway.Via, [ExecProgram.Python, "-c", script, .. Expected.Select(each => each.Where)]);
        Assert.Equal(Expected.Select(each => $"{each.Where} {each.Outcome}"), result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("05.test:80", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_is_away_is_a_network_that_is_down()
    {
        string via;
        using (var gateway = new ReplyGateway()) via = gateway.Via;
        var result = await ExecProgram.RunAsync(ExecProgram.Nobody, via, ExecProgram.Python, "-c", Blocking, "203.0.113.1");
        Assert.Equal("203.0.113.1 ENETUNREACH\n", result.Output);
    }

    [Fact]
    public async Task The_second_host_of_a_connection_string_is_tried_when_the_first_refuses()
    {
        using var gateway = new ReplyGateway();
        var result = await ExecProgram.RunAsync(ExecProgram.Root, gateway.Via, "psql", "host=05.test,ok.test port=5432 connect_timeout=5 sslmode=disable", "-c", "select 1");
        // The echo is no PostgreSQL: it is enough that it was asked
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("ok.test:5432", gateway.Asked);
    }

    [Fact]
    public async Task A_syn_that_is_sent_again_asks_once_and_a_silent_gateway_is_silent()
    {
        using var gateway = new ReplyGateway();
        var result = await ExecProgram.RunAsync(
            ExecProgram.Root, gateway.Via, ExecProgram.Python, "-c", "import socket\ntry: socket.create_connection((socket.gethostbyname('silent.test'), 80), 4)\nexcept TimeoutError: print('silence')");
        Assert.Equal("silence\n", result.Output);
        Assert.Equal(["silent.test:80"], gateway.Asked);
    }

    /// <summary>One source port serves connections to many destinations; on the way to the one listener they must not be mistaken.</summary>
    [Theory]
    [InlineData(ExecProgram.Root)]
    [InlineData(ExecProgram.Nobody)]
    public async Task Connections_of_one_port_to_many_names_are_kept_apart(string user)
    {
        using var gateway = new ReplyGateway();
        var result = await ExecProgram.RunAsync(user, gateway.Via, ExecProgram.Python, "-c", """
            import socket
            kept = []
            for i in range(300):
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('', 40000 + i % 3))
                s.connect((socket.gethostbyname(f'n{i}.test'), 80)); kept.append(s)
            for i, s in enumerate(kept):
                s.sendall(b'%d' % i); assert s.recv(9) == b'%d' % i
            print('apart')
            """);
        Assert.True(result.Output == "apart\n", result.ToString());
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"n{i}.test:80"), gateway.Asked);
    }
}
