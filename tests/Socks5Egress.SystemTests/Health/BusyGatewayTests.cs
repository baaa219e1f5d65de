using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>
/// Names that nobody answers and logins that cost: what a client can keep threads busy with. Deadlines, probes and the drain go on. The
/// bounds are loose, and what a probe of another gateway costs at the same time is allowed on top, as this machine may be busy; before there were
/// threads for such work each of them was missed by ten seconds and more.
/// </summary>
public sealed class BusyGatewayTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Probes_deadlines_and_the_drain_do_not_wait_for_slow_names_and_costly_logins(string transport)
    {
        using var network = await NetworkNamespace.CreateAsync();
        using var silent = network.Inside(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 53));
            return socket;
        });
        using var folder = new TemporaryFolder();
        var servers = folder.Write("resolv.conf", "nameserver 127.0.0.1\n");
        // The password is nobody's: every login that is tried costs the whole hash
        var users = await StoredUsers.WriteAsync(folder, ("app", "right"));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options =
            [
                .. GatewayProcess.OpenLoopback, "--listen", "127.0.0.1:1080", "--listen", "127.0.0.1:1081", "--admin", "127.0.0.1:9180",
                "--forward", "127.0.0.1:1082=never-answered.test:443", "--users", users, "--handshake-timeout", "1s", "--connect-timeout", "20s", "--drain-timeout", "1s",
            ],
            Through =
            [
                .. network.Through, "unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", servers,
            ],
        });
        await using var quiet = await GatewayProcess.StartAsync(transport);
        var machine = TimeSpan.Zero;
        var busy = new List<RawConnection>();
        for (var i = 0; i < 40; i++) busy.Add(await ConnectAsync(1082));
        for (var i = 0; i < 40; i++)
        {
            busy.Add(await ConnectAsync(1080));
            await busy[^1].SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", "wrong" + i)]);
        }

        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(quiet, "/healthz")).Status);
            if (watch.Elapsed > machine) machine = watch.Elapsed;
            watch.Restart();
            using var probe = await ConnectAsync(9180);
            await probe.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString((await probe.ReceiveToEndAsync()).Bytes), StringComparison.Ordinal);
            AssertSoon("/healthz", watch.Elapsed);
        }

        using (var mute = await ConnectAsync(1081))
        {
            var watch = Stopwatch.StartNew();
            await mute.SendAsync(new byte[] { 5 });
            await mute.ReceiveToEndAsync();
            AssertSoon("the handshake timeout of 1 s", watch.Elapsed);
        }

        var stopping = Stopwatch.StartNew();
        Assert.Equal(0, await gateway.StopAsync());
        // 500 ms of delay, 1 s of drain, 2 s at most for the last lines
        AssertSoon("SIGTERM", stopping.Elapsed - TimeSpan.FromSeconds(3.5));
        busy.ForEach(connection => connection.Dispose());

        Task<RawConnection> ConnectAsync(int port) => network.Inside(() => RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)));

        void AssertSoon(string what, TimeSpan took)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"{what}: {took.TotalMilliseconds:f0} ms; a quiet gateway's probe {machine.TotalMilliseconds:f0} ms");
            Assert.True(took < Bound + machine, $"{what} took {took.TotalMilliseconds:f0} ms, and a quiet gateway's probe up to {machine.TotalMilliseconds:f0} ms");
        }
    }
}
