using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>Failures of connect that one error number stands for several of: each has its own reason.</summary>
public sealed class ConnectFailureTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Ports_that_are_all_in_use_are_told_from_a_missing_source_address(string transport)
    {
        using var network = await NetworkNamespace.CreateAsync("echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. GatewayProcess.OpenLoopback, "--listen", "127.0.0.1:1080", "--admin", "off"],
            Through = network.Through,
        });
        using var target = network.Inside(() =>
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 9000));
            listener.Listen();
            return listener;
        });
        var clients = new List<RawConnection>();
        var replies = new List<byte>();
        for (var i = 1; i <= 5; i++)
        {
            // A port of the range that a client has bound would be one less for the gateway
            var own = new IPEndPoint(IPAddress.Parse("127.0.0.9"), 30000 + i);
            clients.Add(new RawConnection(network.Inside(() =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(own);
                socket.Connect(gateway.EndPoint);
                return socket;
            })));
            await clients[^1].SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect((IPEndPoint)target.LocalEndPoint!)]);
            await clients[^1].ReceiveAsync(2);
            replies.Add((await Socks5.ReadReplyAsync(clients[^1])).Code);
        }
        Assert.Equal([0, 0, 0, 0, ReplyCode.GeneralFailure], replies);
        var end = await gateway.Log.WaitAsync("session.end");
        Assert.Equal("ports-exhausted", end.GetProperty("end").GetString());
        Assert.Contains("ip_local_port_range", end.GetProperty("hint").GetString(), StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_link_local_target_without_its_interface_is_unreachable_and_no_bug(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--allow", "[fe80::/10]");
        var target = new IPEndPoint(IPAddress.Parse("fe80::1"), 443);
        var (connection, reply) = await RawClient.RequestAsync(gateway, Socks5.Request(1, 4, target.Address.GetAddressBytes(), target.Port));
        using (connection) Assert.Equal(ReplyCode.NetworkUnreachable, reply.Code);
        var end = await gateway.Log.WaitAsync("session.end");
        Assert.Equal("network-unreachable", end.GetProperty("end").GetString());
    }
}
