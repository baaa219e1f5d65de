using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>
/// An address that the machine gets while the gateway runs is its own at once, under the default policy. In a network of the test's own, as the addresses
/// are public ones of somebody else.
/// </summary>
public sealed class OwnAddressTests
{
    private const int GatewayPort = 1080, AdminPort = 9180, LocalPort = 8080;

    [Theory]
    [MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task One_that_is_added_opens_neither_a_local_service_nor_the_gateway(string transport)
    {
        using var network = await NetworkNamespace.CreateAsync("ip link add other type veth peer name end; ip link set other up; ip link set end up");
        using var service = network.Inside(() =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, LocalPort));
            socket.Listen();
            return socket;
        });
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport, Through = network.Through, Options = ["--listen", $"[::]:{GatewayPort}", "--no-auth", "--admin", $"[::]:{AdminPort}"],
        });
        // All of it is this machine, by a route; nothing has an address of IPv6 but loopback
        await network.RunInsideAsync(["ip", "route", "add", "local", "2a00:1450::/64", "dev", "lo"]);
        Assert.Equal(ReplyCode.NotAllowed, await CodeAsync(new IPEndPoint(IPAddress.Parse("2a00:1450::7"), LocalPort)));
        foreach (var (text, device, port) in new[]
        {
            ("8.8.8.8", "lo", LocalPort), ("9.9.9.9", "other", GatewayPort), ("1.1.1.1", "lo", AdminPort),
            ("8.8.4.4/24", "lo", LocalPort), ("2620:fe::fe/64", "lo", LocalPort), ("2606:4700::1111", "lo", LocalPort), ("2001:4860::8888", "other", AdminPort),
        })
        {
            var address = IPAddress.Parse(text.Split('/')[0]);
            await network.RunInsideAsync(["ip", "address", "add", text, "dev", device, .. address.AddressFamily == AddressFamily.InterNetworkV6 ? ["nodad"] : Array.Empty<string>()]);
            Assert.Equal((text, port, ReplyCode.NotAllowed), (text, port, await CodeAsync(new IPEndPoint(address, port))));
        }
        // A route or a network on the loopback interface makes every address of it this machine
        await network.RunInsideAsync(["ip", "route", "add", "local", "9.9.8.0/24", "dev", "lo"]);
        foreach (var (text, port) in new[] { ("8.8.4.77", LocalPort), ("9.9.8.7", LocalPort), ("2620:fe::7", LocalPort), ("8.8.4.78", GatewayPort) })
            Assert.Equal((text, port, ReplyCode.NotAllowed), (text, port, await CodeAsync(new IPEndPoint(IPAddress.Parse(text), port))));
        // One may have been opened before the kernel's word was read. Its own address betrays it then, before a byte
        while (service.Poll(0, SelectMode.SelectRead))
        {
            using var opened = await service.AcceptAsync(TestContext.Current.CancellationToken);
            using var deadline = Deadline.Token();
            Assert.Equal(0, await opened.ReceiveAsync(new byte[1], deadline.Token));
        }

        async Task<byte> CodeAsync(IPEndPoint target)
        {
            using var client = await network.Inside(() => RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, GatewayPort)));
            await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target)]);
            return (await client.ReceiveAsync(4))[3];
        }
    }
}
