using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>
/// A target that the firewall leads back to the gateway itself: to its listener, a static forward or its admin address, from whatever address the
/// connection leaves. In a network of the test's own, as its firewall translates.
/// </summary>
public sealed class HairpinTests
{
    private const int GatewayPort = 1080, AdminPort = 9180, ForwardPort = 5432, LocalPort = 8080;
    private const string Elsewhere = "203.0.113.9", Elsewhere6 = "2001:db8:9::9";

    /// <summary>The other network only has to have a route; each port of the address there leads back here.</summary>
    private const string Firewall = """
        ip link add out type veth peer name end; ip link set out up; ip link set end up
        ip address add 198.51.100.7/24 dev out; ip address add 198.51.100.8/24 dev out; ip address add 2001:db8:1::7/64 dev out nodad
        ip route add default via 198.51.100.1; ip -6 route add default via 2001:db8:1::1
        for each in "iptables 203.0.113.9 127.0.0.1" "ip6tables 2001:db8:9::9 [::1]"; do
          set -- $each
          $1 -t nat -A OUTPUT -p tcp -d $2 --dport 1000 -j REDIRECT --to-ports 1080
          $1 -t nat -A OUTPUT -p tcp -d $2 --dport 2000 -j DNAT --to-destination $3:9180
          $1 -t nat -A OUTPUT -p tcp -d $2 --dport 3000 -j REDIRECT --to-ports 5432
          $1 -t nat -A OUTPUT -p tcp -d $2 --dport 4000 -j DNAT --to-destination $3:8080
        done
        """;

    public static TheoryData<string, string, string> Ways()
    {
        var ways = new TheoryData<string, string, string>();
        foreach (var transport in new[] { "epoll", "sockets" })
        {
            ways.Add(transport, "127.0.0.1", "");
            ways.Add(transport, "[::]", "");
            ways.Add(transport, "127.0.0.1", "198.51.100.8");
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_comes_back_here_is_closed_before_a_byte(string transport, string listen, string bind)
    {
        using var network = await NetworkNamespace.CreateAsync(Firewall);
        using var service = network.Inside(() => Listening());
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Through = network.Through,
            Options =
            [
                "--listen", $"{listen}:{GatewayPort}", "--no-auth", "--admin", $"{listen}:{AdminPort}", "--allow", Elsewhere, "--allow", $"[{Elsewhere6}]",
                "--allow", "127.0.0.0/8", "--allow", "::1", "--clients", "127.0.0.0/8", "--clients", "::1", "--clients", "198.51.100.0/24", "--clients", "2001:db8::/32",
                "--forward", $"{listen}:{ForwardPort}={Elsewhere}:4000",
                .. bind.Length > 0 ? ["--bind", bind] : Array.Empty<string>(),
            ],
        });
        string[] addresses = listen == "[::]" ? [Elsewhere, Elsewhere6] : [Elsewhere];
        foreach (var address in addresses)
        {
            foreach (var port in new[] { 1000, 2000, 3000 })
            {
                Assert.Equal((address, port, ""), (address, port, await ThroughAsync(new IPEndPoint(IPAddress.Parse(address), port))));
                Assert.Equal((address, port, ""), (address, port, await ForwardedAsync(new IPEndPoint(IPAddress.Parse(address), port))));
            }
            // A translation that leads elsewhere is left alone
            Assert.Equal("hello", await ThroughAsync(new IPEndPoint(IPAddress.Parse(address), 4000)));
        }
        // Lines may still be on their way here
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Any(end => end.GetProperty("rule").GetString() == "own-listener"), () => gateway.Log.Text);

        // What comes back after an answer of 00; empty when the gateway closes or refuses instead
        async Task<string> ThroughAsync(IPEndPoint target)
        {
            using var client = await network.Inside(() => RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, GatewayPort)));
            byte[] asked = target.Port == 2000 ? Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") : Socks5.Greeting(Socks5.NoAuthentication);
            await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target), .. asked]);
            var (answer, _) = await client.ReceiveToEndAsync();
            var behind = 2 + 4 + target.Address.GetAddressBytes().Length + 2;
            if (answer.Length > 3 && answer[3] != 0) Assert.Equal(ReplyCode.NotAllowed, answer[3]);
            return answer.Length <= behind || answer[3] != 0 ? "" : Encoding.ASCII.GetString(answer[behind..]);
        }

        async Task<string> ForwardedAsync(IPEndPoint target)
        {
            using var client = await network.Inside(() => RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, GatewayPort)));
            await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{target}/healthz HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n"));
            var answer = Encoding.ASCII.GetString((await client.ReceiveToEndAsync()).Bytes);
            return answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? answer : "";
        }
    }

    private static Socket Listening()
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, LocalPort));
        socket.Listen();
        _ = ServeAsync(socket);
        return socket;
    }

    private static async Task ServeAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptAsync();
                await GreetAsync(socket);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over
        }
    }

    private static async Task GreetAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync("hello"u8.ToArray());
        }
        catch (SocketException)
        {
            // A health check has gone already; the next connection is served all the same
        }
    }
}
