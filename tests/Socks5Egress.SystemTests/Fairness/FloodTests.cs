using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fairness;

/// <summary>
/// The same bounds as <see cref="OneAttackerTests"/>, beside a client that asks for as much as it can, again and again, and waits for nothing: ports,
/// associations, targets that are refused, logins that are wrong, names that nobody answers for.
/// </summary>
public sealed class FloodTests : IDisposable
{
    // Connections that one turn of an attack opens before it closes them all
    private const int Width = 32;

    private static readonly TimeSpan Duration = LongRun.Or(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
    // Not where the victims come from: what is shared out by source must not hide what is not
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");
    private static readonly byte[] Right = Socks5.Login("app", "right");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Attacks() => EachTransport.With("bind", "associations", "refused", "wrong logins", "unknown users", "dead names");

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Attacks))]
    public async Task Eight_others_are_served_beside_it(string transport, string attack)
    {
        var login = attack is "wrong logins" or "unknown users" ? Right : null;
        string[] users = login is null ? [] : ["--users", await StoredUsers.WriteAsync(_folder, ("app", "right"), ("guessed", "right"))];
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        foreach (var loops in LongRun.Or<string[]>(["1", "2"], ["1"]))
        {
            await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
            {
                Transport = transport,
                Options = [.. GatewayProcess.OpenLoopback, "--deny", "127.0.0.9", "--enable", "bind,udp", "--resolver", $"{silent.LocalEndPoint}", .. users],
                Environment = new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = loops },
            });
            using var victims = new EightVictims(gateway, login);
            var turns = 0;
            victims.AssertServed(_ => Flood(gateway.EndPoint, attack, Interlocked.Increment(ref turns)), 4, Duration);
            Assert.True(turns > 4, $"{turns} turns of the attack were no flood");
        }
    }

    private static void Flood(IPEndPoint gateway, string attack, int turn)
    {
        List<Socket> sockets = [];
        try
        {
            for (var i = 0; i < Width; i++)
            {
                var socket = EightVictims.Connect(gateway, Elsewhere);
                sockets.Add(socket);
                // No port waits two minutes for the next test
                socket.LingerState = new LingerOption(true, 0);
                socket.Send(Messages(attack, turn, i));
            }

            // A wrong login is answered late and a dead name never: whoever floods does not wait
            foreach (var socket in sockets)
                if (attack is "bind" or "associations" or "refused") Receive(socket, 12);
                else if (socket.Poll(TimeSpan.FromMilliseconds(5), SelectMode.SelectRead)) Receive(socket, 2);
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    private static byte[] Messages(string attack, int turn, int number) => attack switch
    {
        "bind" => Unasked(Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 3], 21)),
        "associations" => Unasked(Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0)),
        "refused" => Unasked(Socks5.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 9))),
        "dead names" => Unasked(Socks5.Connect($"dead-{turn}-{number}.test", 443)),
        "wrong logins" => [.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("guessed", $"wrong{turn}-{number}")],
        _ => [.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login($"nobody{turn}-{number}", "wrong")],
    };

    private static byte[] Unasked(byte[] request) => [.. Socks5.Greeting(Socks5.NoAuthentication), .. request];

    private static void Receive(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            var got = socket.Receive(bytes, have, count - have, SocketFlags.None);
            if (got == 0) return;
            have += got;
        }
    }
}
