using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fairness;

/// <summary>
/// What one client can cost the others of its loop: an echo is answered within 100 ms (p99) and 500 ms (always), a new connection is served
/// within 500 ms. The usual form has one loop, where nobody can be elsewhere; the long one also two.
/// </summary>
public sealed class OneAttackerTests : IDisposable
{
    private static readonly TimeSpan Duration = LongRun.Or(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
    // Not where the victims come from: what is shared out by source must not hide what is not
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    private static readonly byte[] Much = new byte[64 * 1024];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Attacks
    {
        get
        {
            var data = new TheoryData<string, string>();
            string[] attacks = ["tls upload", "tls handshakes", "refused and talks on", "control connection", "datagrams", "http body", "tiny segments", "urgent bytes"];
            foreach (var transport in TransportKind.All)
                foreach (var attack in attacks) data.Add(transport.Data, attack);
            return data;
        }
    }

    [Theory, MemberData(nameof(Attacks))]
    public async Task Eight_others_are_served_beside_it(string transport, string attack)
    {
        foreach (var loops in LongRun.Or<string[]>(["1", "2"], ["1"]))
        {
            ServerCertificate.Write(_folder, rsa: attack == "tls handshakes");
            var configuration = _folder.Write("gateway.json", JsonSerializer.Serialize(new
            {
                Listeners = new object[]
                {
                    new { Address = "127.0.0.1:0" },
                    new { Address = "127.0.0.1:0", Tls = new { Cert = Path.Combine(_folder.Path, "server.crt"), Key = Path.Combine(_folder.Path, "server.key") } },
                },
            }));
            await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
            {
                Transport = transport,
                Options = [.. GatewayProcess.OpenLoopback, "--deny", "127.0.0.9", "--config", configuration, "--enable", "udp"],
                ListensByFile = true,
                Environment = new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = loops },
            });
            await using var sink = RawTarget.Start(Sink);
            using var victims = new EightVictims(gateway);
            victims.AssertServed(stop => Attack(attack, gateway, sink.EndPoint, stop), attack is "tiny segments" or "tls handshakes" ? 4 : 2, Duration);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void Attack(string attack, GatewayProcess gateway, IPEndPoint sink, CancellationToken stop)
    {
        var connect = Socks5.Connect(sink);
        switch (attack)
        {
            case "tls upload":
                using (var raw = Connect(gateway.EndPoints[1]))
                using (var tls = Secured(raw))
                {
                    tls.Write(Socks5.Greeting(Socks5.NoAuthentication));
                    tls.ReadExactly(new byte[2]);
                    tls.Write(connect);
                    tls.ReadExactly(new byte[10]);
                    while (!stop.IsCancellationRequested) tls.Write(Much);
                }
                break;
            case "tls handshakes":
                using (var raw = Connect(gateway.EndPoints[1]))
                    Secured(raw).Dispose();
                break;
            case "refused and talks on":
                Flood(EightVictims.Open(gateway.EndPoint, Socks5.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 9)), out _, Elsewhere), Much, stop);
                break;
            case "control connection":
                Flood(EightVictims.Open(gateway.EndPoint, Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0), out _, Elsewhere), Much, stop);
                break;
            case "datagrams":
                Datagrams(gateway, stop);
                break;
            case "http body":
                var http = Connect(gateway.EndPoint);
                http.Send(Encoding.ASCII.GetBytes($"POST http://{sink}/ HTTP/1.1\r\nHost: {sink}\r\nContent-Length: 100000000000\r\n\r\n"));
                Flood(http, Much, stop);
                break;
            case "tiny segments":
                Flood(Connect(gateway.EndPoint), [5], stop, each: 200);
                break;
            case "urgent bytes":
                using (var socket = EightVictims.Open(gateway.EndPoint, connect, out _, Elsewhere))
                {
                    while (!stop.IsCancellationRequested)
                    {
                        socket.Send([1]);
                        socket.Send([2], SocketFlags.OutOfBand);
                    }
                }
                break;
        }
    }

    private static void Flood(Socket socket, byte[] bytes, CancellationToken stop, int each = int.MaxValue)
    {
        using (socket)
        {
            socket.SendTimeout = 1000;
            for (var i = 0; i < each && !stop.IsCancellationRequested; i++) socket.Send(bytes);
        }
    }

    private static void Datagrams(GatewayProcess gateway, CancellationToken stop)
    {
        using var control = Connect(gateway.EndPoint);
        control.Send([.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0)]);
        var answer = new byte[12];
        for (var have = 0; have < answer.Length;) have += control.Receive(answer, have, answer.Length - have, SocketFlags.None);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(Elsewhere, 0));
        udp.Connect(IPAddress.Loopback, (answer[10] << 8) | answer[11]);
        byte[] datagram = [.. UdpHeaderTo(9), .. new byte[32]];
        while (!stop.IsCancellationRequested) udp.Send(datagram);
    }

    private static byte[] UdpHeaderTo(int port) => [0, 0, 0, Socks5.IPv4, 127, 0, 0, 1, (byte)(port >> 8), (byte)port];

    private static Socket Connect(IPEndPoint to) => EightVictims.Connect(to, Elsewhere);

    private static SslStream Secured(Socket raw)
    {
        var tls = new SslStream(new NetworkStream(raw, ownsSocket: false), false, static (_, certificate, _, _) => certificate is not null);
        tls.AuthenticateAsClient("localhost");
        return tls;
    }

    private static Task Sink(RawConnection peer)
    {
        var done = new TaskCompletionSource();
        EightVictims.Run(() =>
        {
            try
            {
                var buffer = new byte[256 * 1024];
                while (peer.Socket.Receive(buffer) > 0)
                {
                }
            }
            finally
            {
                done.SetResult();
            }
        });
        return done.Task;
    }
}
