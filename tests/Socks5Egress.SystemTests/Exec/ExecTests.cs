using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>The command is as if started directly, but for its network.</summary>
public sealed class ExecTests
{
    public static TheoryData<string> Users => [.. ExecProgram.Users];

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task The_exit_code_is_the_command_s(string script, int code)
    {
        using var gateway = new ReplyGateway();
        foreach (var user in ExecProgram.Users) Assert.Equal(code, (await ExecProgram.RunAsync(user, gateway.Via, "sh", "-c", script)).ExitCode);
    }

    [Fact]
    public async Task A_fault_of_its_own_has_a_code_and_a_sentence()
    {
        using var gateway = new ReplyGateway();
        Assert.Equal(127, (await ExecProgram.RunAsync(ExecProgram.Nobody, gateway.Via, "/nowhere/at-all")).ExitCode);
        var denied = await ExecProgram.RunAsync(ExecProgram.Nobody, gateway.Via, "/etc/passwd");
        Assert.Equal(126, denied.ExitCode);
        Assert.Single(denied.Error.Trim().Split('\n'));
        var missing = await ExternalProgram.RunAsync(GatewayProcess.Executable, ["exec", "--", "true"]);
        Assert.Equal(125, missing.ExitCode);
        Assert.Contains("--via is missing", missing.Error, StringComparison.Ordinal);
        var engine = await ExecProgram.RunAsync(ExecProgram.Root, gateway.Via, ["--engine", "seccomp"], ["true"]);
        Assert.Equal(125, engine.ExitCode);
        Assert.Contains("docs/exec.md", engine.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Users))]
    public async Task Nothing_about_the_process_has_changed(string user)
    {
        const string Tell = "umask; pwd; id -u; id -g; hostname; nice; ulimit -Sn; ulimit -Hn; grep -E '^Sig(Ign|Blk)' /proc/self/status; printf '%s|' \"$0\" \"$@\"; env | sort | grep -v ^_=; ls /proc/self/fd | wc -l";
        string[] command = ["sh", "-c", Tell, "a b", "", "*", "é"];
        using var gateway = new ReplyGateway();
        // The portable build knows the limit of the process that started it
        string[] around = [.. ExecProgram.As(user), "nice", "-n", "3", "sh", "-c", "umask 027; ulimit -Sn 777; cd /usr; trap '' USR1; \"$@\"; exit", "sh"];
        var direct = await ExternalProgram.RunAsync(around[0], [.. around[1..], .. command]);
        var inside = await ExternalProgram.RunAsync(around[0], [.. around[1..], GatewayProcess.Executable, "exec", "--via", gateway.Via, "--", .. command]);
        Assert.Equal(direct.Output, inside.Output);
    }

    [Theory, MemberData(nameof(Users))]
    public async Task The_password_is_nowhere_to_be_found(string user)
    {
        using var gateway = new ReplyGateway();
        var environment = new Dictionary<string, string> { ["SOCKS5EGRESS_PASSWORD"] = "Xq7" + "secret", ["SOCKS5EGRESS_VIA"] = $"socks5://app:Xq7secret@127.0.0.1:{gateway.Port}" };
        string[] words = [.. ExecProgram.As(user), GatewayProcess.Executable, "exec", "--", ExecProgram.Python, "-c", """
            import glob
            found = []
            for path in glob.glob('/proc/[0-9]*/*'):
                if path.rsplit('/', 1)[1] not in ('environ', 'cmdline'): continue
                try:
                    if b'Xq7' + b'secret' in open(path, 'rb').read(): found.append(path)
                except OSError: pass
            print(found)
            """];
        var result = await ExternalProgram.RunAsync(words[0], words[1..], environment);
        Assert.Equal("[]\n", result.Output);
    }

    [Theory, MemberData(nameof(Users))]
    public async Task There_is_no_way_back_to_the_host_s_network(string user)
    {
        using var gateway = new ReplyGateway();
        var host = (await ExternalProgram.RunAsync("readlink", ["/proc/self/ns/net"])).Output;
        var result = await ExecProgram.RunAsync(user, gateway.Via, "sh", "-c", $"""
            readlink /proc/self/ns/net
            for p in /proc/[0-9]*; do readlink $p/ns/net; nsenter --net=$p/ns/net true && echo entered $p; done
            ip route add 192.0.2.0/24 dev lo && echo routed
            ip link add d type dummy && echo linked
            iptables -t nat -F && echo flushed
            ls /proc/{Environment.ProcessId} && echo seen
            true
            """);
        Assert.DoesNotContain(host.Trim(), result.Output, StringComparison.Ordinal);
        foreach (var word in (string[])["entered", "routed", "linked", "flushed", "seen"]) Assert.DoesNotContain(word, result.Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Users))]
    public async Task Datagrams_are_refused_and_names_have_addresses(string user)
    {
        using var gateway = new ReplyGateway();
        var result = await ExecProgram.RunAsync(user, gateway.Via, ExecProgram.Python, "-c", """
            import socket
            for family, host in ((socket.AF_INET, '8.8.8.8'), (socket.AF_INET6, '2001:db8::1')):
                s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(5); s.connect((host, 53))
                try: s.send(b'x'); s.recv(1); print('answered')
                except ConnectionRefusedError: print('refused')
            print(socket.getaddrinfo('a.test', 1, socket.AF_INET, socket.SOCK_STREAM)[0][4][0].startswith('198.1'))
            print(socket.getaddrinfo('a.test', 1, socket.AF_INET6, socket.SOCK_STREAM)[0][4][0].startswith('fd5e:'))
            print(socket.gethostbyname('localhost'))
            """);
        Assert.Equal("refused\nrefused\nTrue\nTrue\n127.0.0.1\n", result.Output);
        Assert.Empty(gateway.Asked);
    }

    [Theory, MemberData(nameof(Users))]
    public async Task A_published_port_reaches_the_command_and_a_direct_one_the_host(string user)
    {
        using var gateway = new ReplyGateway();
        using var statsd = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        var (udp, tcp, outer) = (((IPEndPoint)statsd.Client.LocalEndPoint!).Port, ((IPEndPoint)host.LocalEndpoint).Port, FreePort.Pick());
        string[] words = ExecProgram.Words(user, gateway.Via, ["--publish", $"{outer}=8080", "--direct", $"127.0.0.1:{udp},{tcp}"], [ExecProgram.Python, "-c", $"""
            import socket
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'count', ('127.0.0.1', {udp}))
            socket.create_connection(('127.0.0.1', {tcp})).sendall(b'hello')
            server = socket.create_server(('127.0.0.1', 8080))
            print('up', flush=True)
            client = server.accept()[0]
            client.sendall(client.recv(10).upper())
            """]);
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })!;
        using var deadline = Deadline.Token();
        Assert.Equal("count"u8.ToArray(), (await statsd.ReceiveAsync(deadline.Token)).Buffer);
        using (var inward = await host.AcceptTcpClientAsync(deadline.Token)) Assert.Equal('h', inward.GetStream().ReadByte());
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(deadline.Token));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, outer, deadline.Token);
            client.GetStream().Write("abc"u8);
            var answer = new byte[3];
            await client.GetStream().ReadExactlyAsync(answer, deadline.Token);
            Assert.Equal("ABC"u8.ToArray(), answer);
        }

        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);
        host.Stop();
    }

    [Theory, MemberData(nameof(Users))]
    public async Task A_published_port_serves_its_clients_alone(string user)
    {
        using var gateway = new ReplyGateway();
        var outer = new IPEndPoint(IPAddress.Loopback, FreePort.Pick());
        string[] words = ExecProgram.Words(user, gateway.Via, ["--publish", $"{outer.Port}=8080", "--clients", "127.0.0.7"], [ExecProgram.Python, "-c", """
            import socket
            server = socket.create_server(('127.0.0.1', 8080))
            print('up', flush=True)
            client = server.accept()[0]
            client.sendall(client.recv(10).upper())
            """]);
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })!;
        using var deadline = Deadline.Token();
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(deadline.Token));
        Assert.Equal("", await AskAsync("127.0.0.1"));
        // The command serves one connection: had the stranger reached it, this one would have no answer
        Assert.Equal("ABC", await AskAsync("127.0.0.7"));
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);

        async Task<string> AskAsync(string from)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            var answer = new byte[3];
            try
            {
                // A stranger is reset, perhaps before connect() has told of the connection
                await client.ConnectAsync(outer, deadline.Token);
                await client.SendAsync("abc"u8.ToArray(), deadline.Token);
                return Encoding.ASCII.GetString(answer, 0, await client.ReceiveAsync(answer, deadline.Token));
            }
            catch (SocketException)
            {
                return "";
            }
        }
    }

    [Fact]
    public async Task Exec_inside_exec_asks_the_inner_gateway_through_the_outer_one()
    {
        using var gateway = new ReplyGateway();
        foreach (var user in ExecProgram.Users)
        {
            var result = await ExecProgram.RunAsync(user, gateway.Via, GatewayProcess.Executable, "exec", "--via", "socks5://203.0.113.1:1080", "--", "sh", "-c", "id -u; exit 5");
            Assert.True(result.ExitCode == 5, result.ToString());
        }
    }
}
