using System.Diagnostics;
using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Safety;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>
/// Forty names that are never answered, asked by one client again and again, and then forty logins that cost: what a client can keep threads busy
/// with. Names, requests and logins of others, probes, deadlines and the stop go on within the bounds that SECURITY.md names.
/// </summary>
/// <remarks>
/// Each thing is done several times, and beside each a gateway that nobody attacks is asked the same: see <see cref="ServedBounds"/>.
/// </remarks>
public sealed class BusyGatewayTests : IDisposable
{
    private const int Names = 40, Samples = 5;
    private const string Basic = "Proxy-Authorization: Basic YXBwOnJpZ2h0\r\n";

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(2), ConnectTimeout = TimeSpan.FromSeconds(4);
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 1080);
    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.0.2"), Other = IPAddress.Parse("127.0.0.3");
    private static readonly byte[] Right = [.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", "right")];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Rows() => EachTransport.With(LongRun.Or<string[]>(["1", "2"], ["1"]));

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Rows))]
    public async Task Nobody_else_waits_for_names_that_are_never_answered_and_for_costly_logins(string transport, string cores)
    {
        using var network = await NetworkNamespace.CreateAsync();
        await using var server = network.Inside(() => new HostileNameServer(53));
        await using var origin = network.Inside(() => RawTarget.Start(AnswerAsync));
        await using var ownOrigin = RawTarget.Start(AnswerAsync);
        var names = _folder.Write("resolv.conf", "nameserver 127.0.0.1\n");
        var users = await StoredUsers.WriteAsync(_folder, [("app", "right"), .. Enumerable.Range(0, Samples).Select(i => ($"new{i}", "right"))]);
        string[] options =
        [
            .. GatewayProcess.OpenLoopback, "--users", users, "--drain-timeout", "1s",
            "--handshake-timeout", $"{HandshakeTimeout.TotalSeconds}s", "--connect-timeout", $"{ConnectTimeout.TotalSeconds}s",
        ];
        var start = new GatewayStart { Transport = transport, Environment = new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = cores } };
        await using var gateway = await GatewayProcess.StartAsync(start with
        {
            Options = [.. options, "--listen", $"{Proxy}", "--admin", "127.0.0.1:9180", "--forward", "127.0.0.1:1082=dead-forward.test:443"],
            Through = [.. network.Through, "unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", names],
        });
        await using var quiet = await GatewayProcess.StartAsync(start with { Options = options });
        var (there, elsewhere) = (new Client(Proxy, new IPEndPoint(IPAddress.Loopback, 9180), network), new Client(quiet.EndPoint, IPEndPoint.Parse(quiet.Admin.Authority), null));
        // Proved once: the sessions that follow cost no hash
        foreach (var client in new[] { there, elsewhere }) (await client.LogInAsync("app", "right", 0)).Dispose();
        (await there.LogInAsync("app", "right", 0, Attacker)).Dispose();

        using var stop = new CancellationTokenSource();
        var bounds = new ServedBounds(gateway);
        using var forwarded = await there.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1082), Attacker);
        var attack = Enumerable.Range(0, Names).Select(i => AskDeadAsync(there, i, bounds, stop.Token)).ToList();
        await Deadline.UntilAsync(() => server.Unanswered >= Names, () => $"{server.Unanswered} names were asked for");
        for (var i = 0; i < Samples; i++)
        {
            var number = i;
            await bounds.MeasureAsync("a good name", 500, () => there.OpenAsync($"good-{number}.test", origin.EndPoint.Port), () => elsewhere.OpenAsync("127.0.0.1", ownOrigin.EndPoint.Port));
            await bounds.MeasureAsync("a forwarded request", 500, () => there.GetAsync(origin.EndPoint.Port), () => elsewhere.GetAsync(ownOrigin.EndPoint.Port));
            await bounds.MeasureAsync("a login that is hashed", 500, () => there.ProveAsync($"new{number}"), () => elsewhere.ProveAsync($"new{number}"));
            await bounds.MeasureAsync("/healthz", 250, there.ProbeAsync, elsewhere.ProbeAsync);
        }
        bounds.Add("the handshake timeout", Eighth(HandshakeTimeout), await there.StallAsync() - HandshakeTimeout);
        await Deadline.UntilAsync(() => bounds.Count("the connect timeout") >= Names, () => gateway.Log.Text);

        // Nobody's password: each costs the whole hash
        var costly = new List<RawConnection>();
        for (var i = 0; i < Names; i++)
        {
            costly.Add(await there.ConnectAsync(Proxy, Attacker));
            await costly[^1].SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", "wrong" + i)]);
        }
        for (var i = 0; i < Samples; i++) await bounds.MeasureAsync("/healthz beside logins", 250, there.ProbeAsync, elsewhere.ProbeAsync);
        bounds.Add("the handshake timeout beside logins", Eighth(HandshakeTimeout), await there.StallAsync() - HandshakeTimeout);

        bounds.Close();
        var stopping = Stopwatch.StartNew();
        Assert.Equal(0, await gateway.StopAsync());
        // 500 ms of delay, 1 s of drain, and half a second for those who are refused and stay; the rest is for the last lines
        bounds.Add("SIGTERM", 1000, stopping.Elapsed - TimeSpan.FromSeconds(1.5));
        await stop.CancelAsync();
        await Task.WhenAll(attack);
        costly.ForEach(static connection => connection.Dispose());
        Assert.Equal(0, await quiet.StopAsync());
        bounds.AssertKept();
    }

    private static double Eighth(TimeSpan deadline) => deadline.TotalMilliseconds / 8;

    /// <summary>Asks for one name after the other; each is refused at the connect timeout.</summary>
    private static async Task AskDeadAsync(Client client, int number, ServedBounds bounds, CancellationToken stop)
    {
        try
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                using var connection = await client.LogInAsync("app", "right", 0, Attacker);
                await connection.SendAsync(Socks5.Connect($"dead-{number}-{round}.test", 443));
                var watch = Stopwatch.StartNew();
                var reply = await Socks5.ReadReplyAsync(connection);
                if (stop.IsCancellationRequested || reply.Code == 1) return;
                Assert.Equal(4, reply.Code);
                bounds.Add("the connect timeout", Eighth(ConnectTimeout), watch.Elapsed - ConnectTimeout);
            }
        }
        catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException)
        {
            // The gateway has stopped
        }
    }

    private static async Task AnswerAsync(RawConnection connection)
    {
        var head = new byte[4096];
        while (await connection.ReceiveSomeAsync(head) > 0) await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
    }

    /// <summary>What the others do, at one of the two gateways.</summary>
    private sealed class Client(IPEndPoint proxy, IPEndPoint admin, NetworkNamespace? network)
    {
        public Task<RawConnection> ConnectAsync(IPEndPoint to, IPAddress? source = null) =>
            network is null ? RawConnection.ConnectAsync(to, source) : network.Inside(() => RawConnection.ConnectAsync(to, source));

        public async Task<RawConnection> LogInAsync(string user, string password, byte status, IPAddress? source = null)
        {
            var connection = await ConnectAsync(proxy, source ?? Other);
            await connection.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, password)]);
            Assert.Equal([5, 2, 1, status], await connection.ReceiveAsync(4));
            return connection;
        }

        public async Task OpenAsync(string name, int port)
        {
            using var connection = await ConnectAsync(proxy, Other);
            await connection.SendAsync((byte[])[.. Right, .. Socks5.Connect(name, port)]);
            await connection.ReceiveAsync(4);
            Assert.Equal(0, (await Socks5.ReadReplyAsync(connection)).Code);
        }

        public async Task GetAsync(int port)
        {
            using var connection = await ConnectAsync(proxy, Other);
            await connection.SendAsync(Encoding.ASCII.GetBytes($"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{Basic}Connection: close\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString((await connection.ReceiveToEndAsync()).Bytes), StringComparison.Ordinal);
        }

        /// <summary>On a machine that is busy with others the hash may take longer than the handshake timeout: what all attempts took is what is judged.</summary>
        public async Task ProveAsync(string user)
        {
            using var deadline = Deadline.Token();
            while (true)
            {
                deadline.Token.ThrowIfCancellationRequested();
                using var connection = await ConnectAsync(proxy, Other);
                await connection.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login(user, "right")]);
                if (await connection.ReceiveAsync(4) is [5, 2, 1, 0]) return;
            }
        }

        public async Task ProbeAsync()
        {
            using var probe = await ConnectAsync(admin);
            await probe.SendAsync("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString((await probe.ReceiveToEndAsync()).Bytes), StringComparison.Ordinal);
        }

        public async Task<TimeSpan> StallAsync()
        {
            var watch = Stopwatch.StartNew();
            using var mute = await ConnectAsync(proxy, Other);
            await mute.SendAsync(new byte[] { 5 });
            await mute.ReceiveToEndAsync();
            return watch.Elapsed;
        }
    }
}
