using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>SOCKS4 and 4a: the same port, no password, and so never where there are users.</summary>
public sealed class Socks4Tests(Gateways gateways)
{
    private const byte Granted = 0x5A;
    private const byte Rejected = 0x5B;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_address_and_a_name_are_reached_with_bytes_behind_the_request(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var gateway = await gateways.SharedAsync(transport);
        foreach (var request in new[] { Request(target.EndPoint, "anybody"), NameRequest("localhost", target.EndPoint.Port) })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync((byte[])[.. request, .. "early"u8]);
            client.Finish();
            var (bytes, ending) = await client.ReceiveToEndAsync();
            Assert.Equal([0, Granted], bytes[..2]);
            Assert.Equal("early"u8.ToArray(), bytes[8..]);
            Assert.Equal(Ending.Fin, ending);
            Assert.Equal("socks4", (await gateway.Log.SessionEndAsync(client)).GetProperty("protocol").GetString());
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_request_may_come_byte_by_byte(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendApartAsync(NameRequest("localhost", target.EndPoint.Port));
        Assert.Equal([0, Granted], (await client.ReceiveAsync(8))[..2]);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Whatever_is_refused_gets_5B_and_a_close(string transport)
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var gateway = await gateways.SharedAsync(transport);
        byte[] bind = Request(new IPEndPoint(IPAddress.Loopback, 80), "");
        bind[1] = 2;
        foreach (var request in new[]
        {
            Request((IPEndPoint)closed.LocalEndPoint!, ""), Request(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 80), ""),
            NameRequest("nowhere.invalid", 80), bind,
        })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(request);
            var (bytes, ending) = await client.ReceiveToEndAsync();
            Assert.Equal([0, Rejected], bytes[..2]);
            Assert.Equal((8, Ending.Fin), (bytes.Length, ending));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_endless_user_id_is_cut_off(string transport)
    {
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync((byte[])[4, 1, 0, 80, 127, 0, 0, 1, .. Encoding.ASCII.GetBytes(new string('u', 4096))]);
        var (bytes, _) = await client.ReceiveToEndAsync();
        Assert.True(bytes is [] or [0, Rejected, ..], Convert.ToHexString(bytes));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task It_is_not_served_where_there_are_users(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", await StoredUsers.WriteAsync(folder, ("app", "secret")));
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Request(target.EndPoint, "app"));
        var (bytes, _) = await client.ReceiveToEndAsync();
        Assert.True(bytes is [] or [0, Rejected, ..], Convert.ToHexString(bytes));
        Assert.Equal(0, target.Accepted);
    }

    private static byte[] Request(IPEndPoint target, string user) =>
        [4, 1, (byte)(target.Port >> 8), (byte)target.Port, .. target.Address.GetAddressBytes(), .. Encoding.ASCII.GetBytes(user), 0];

    private static byte[] NameRequest(string name, int port) => [4, 1, (byte)(port >> 8), (byte)port, 0, 0, 0, 1, 0, .. Encoding.ASCII.GetBytes(name), 0];
}
