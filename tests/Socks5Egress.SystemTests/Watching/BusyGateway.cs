using System.Diagnostics;
using System.Net;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>A gateway with users, targets that have names, traffic that comes and goes, and refusals: something to look at.</summary>
internal sealed class BusyGateway : IAsyncDisposable
{
    public static readonly string[] Users = ["shop", "reports", "importer"];

    private const string Password = "correct horse";
    private static readonly string[] Names = ["db.example.com", "cache.example.com", "api.partner.example"];
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly List<RawTarget> _targets = [];
    private readonly List<(RawConnection Connection, int Size)> _sessions = [];
    private EchoServer? _echo;
    private GatewayProcess? _gateway;

    public GatewayProcess Gateway => _gateway!;

    public static async Task<BusyGateway> StartAsync(TemporaryFolder folder)
    {
        var busy = new BusyGateway { _echo = await EchoServer.StartAsync(IPAddress.Loopback) };
        var addresses = Names.Select((_, i) => new IPAddress(new byte[] { 127, 0, 0, (byte)(21 + i) })).ToList();
        busy._targets.AddRange(addresses.Select(address => RawTarget.Start(AnswerAsync, address)));
        busy._gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options =
            [
                "--users", await StoredUsers.WriteAsync(folder, [.. Users.Select(user => (user, Password))]), "--allow", "127.0.0.0/8", "--deny", "127.0.0.99",
                "--bind", "127.0.0.2", "--expect-egress", "127.0.0.2", "--max-user-sessions", "50", "--max-destination", "1000",
                "--forward", $"127.0.0.1:0={busy._targets[0].EndPoint}",
            ],
            Environment = new Dictionary<string, string> { ["SOCKS5EGRESS_Identity__Probes"] = busy._echo.Url },
            Through = HostsFile.Through(folder, ["127.0.0.1 localhost", .. Names.Select((name, i) => $"{addresses[i]} {name}")]),
        });
        for (var i = 0; i < 7; i++) busy._sessions.Add((await busy.OpenAsync(i), 200 << (i % 3 * 2)));
        return busy;
    }

    /// <summary>Lets the sessions talk for this long, others come and go, and some be refused.</summary>
    public async Task ServeAsync(TimeSpan span)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Beat);
        for (var beat = 0; watch.Elapsed < span && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken); beat++)
        {
            // More in some moments than in others, as with people
            var swell = 1.2 + Math.Sin(watch.Elapsed.TotalSeconds / 17) + (0.5 * Math.Sin(watch.Elapsed.TotalSeconds / 3));
            foreach (var (connection, size) in _sessions)
            {
                var message = new byte[Math.Max(16, (int)(size * swell))];
                await connection.SendAsync(message);
                await connection.ReceiveAsync(message.Length * 4);
            }
            if (beat % 3 == 0) (await OpenAsync(beat / 3)).Dispose();
        }
        (await AskAsync("reports", Socks5.Connect("127.0.0.99", 5432))).Dispose();
        (await AskAsync("importer", Socks5.Connect("10.0.0.1", 80))).Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (connection, _) in _sessions) connection.Dispose();
        if (_gateway is not null) await _gateway.DisposeAsync();
        foreach (var target in _targets) await target.DisposeAsync();
        if (_echo is not null) await _echo.DisposeAsync();
    }

    /// <summary>Four times what was asked, as answers are longer than questions.</summary>
    private static async Task AnswerAsync(RawConnection peer)
    {
        var buffer = new byte[16 << 10];
        while (await peer.ReceiveSomeAsync(buffer) is var read and > 0)
            for (var i = 0; i < 4; i++) await peer.SendAsync(buffer.AsMemory(0, read));
    }

    private Task<RawConnection> OpenAsync(int which) =>
        AskAsync(Users[which % Users.Length], Socks5.Connect(Names[which % Names.Length], (ushort)_targets[which % Names.Length].EndPoint.Port));

    private async Task<RawConnection> AskAsync(string user, byte[] request)
    {
        var client = await RawConnection.ConnectAsync(Gateway.EndPoint);
        await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        await client.ReceiveAsync(2);
        await client.SendAsync(Socks5.Login(user, Password));
        Assert.Equal([1, 0], await client.ReceiveAsync(2));
        await client.SendAsync(request);
        await Socks5.ReadReplyAsync(client);
        return client;
    }
}
