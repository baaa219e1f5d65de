using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Binding;

/// <summary>BIND as an FTP client in active mode uses it: a control connection by CONNECT, and the server calls back.</summary>
public sealed class BindTests
{
    private const byte Bind = 2;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_server_calls_back_as_in_ftp(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var ftp = RawTarget.Start(async peer =>
        {
            // PORT a,b,c,d,p1,p2: where the client wants to be called
            var line = await ReadLineAsync(peer);
            var numbers = line[5..].Split(',').Select(int.Parse).ToArray();
            var address = new IPAddress([.. numbers[..4].Select(number => (byte)number)]);
            using var data = await RawConnection.ConnectAsync(new IPEndPoint(address, (numbers[4] << 8) + numbers[5]));
            await data.SendAsync("the file"u8.ToArray());
            data.Finish();
            await peer.SendAsync("226 done\r\n"u8.ToArray());
            await data.AssertRestAsync("thanks"u8.ToArray(), Ending.Fin);
        });
        using var control = await RawClient.OpenAsync(gateway, ftp.EndPoint);
        using var client = await BindAsync(gateway, ftp.EndPoint);
        var at = client.First.Bound;
        var octets = at.Address.GetAddressBytes();
        await control.SendAsync(System.Text.Encoding.ASCII.GetBytes($"PORT {octets[0]},{octets[1]},{octets[2]},{octets[3]},{at.Port >> 8},{at.Port & 255}\r\n"));

        var second = await Socks5.ReadReplyAsync(client.Connection);
        Assert.Equal(ReplyCode.Succeeded, second.Code);
        Assert.Equal(ftp.EndPoint.Address, second.Bound.Address);
        await client.Connection.SendAsync("thanks"u8.ToArray());
        client.Connection.Finish();
        await client.Connection.AssertRestAsync("the file"u8.ToArray(), Ending.Fin);
        Assert.Equal("226 done\r\n", await ReadLineAsync(control));
        var end = await gateway.Log.SessionEndAsync(client.Connection.Local);
        Assert.Equal("bind", end.GetProperty("command").GetString());
        Assert.EndsWith("-fin", end.GetProperty("end").GetString(), StringComparison.Ordinal);
        Assert.Equal((6, 8), (end.GetProperty("bytes_up").GetInt32(), end.GetProperty("bytes_down").GetInt32()));
        await AssertGoneAsync(at);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_stranger_is_reset_and_the_peer_still_comes(string transport)
    {
        await using var gateway = await StartAsync(transport);
        using var client = await BindAsync(gateway, new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0));
        try
        {
            using var stranger = await RawConnection.ConnectAsync(client.First.Bound, IPAddress.Parse("127.0.0.4"));
            await stranger.AssertRestAsync([], Ending.Reset);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // So soon that connect() tells of it
        }
        using var peer = await RawConnection.ConnectAsync(client.First.Bound, IPAddress.Parse("127.0.0.3"));
        var second = await Socks5.ReadReplyAsync(client.Connection);
        Assert.Equal((ReplyCode.Succeeded, peer.Local), (second.Code, second.Bound));
        await peer.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await client.Connection.ReceiveAsync(5));
        await AssertGoneAsync(client.First.Bound);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_port_goes_with_the_client(string transport)
    {
        await using var gateway = await StartAsync(transport);
        // The first two open what the runtime keeps open
        await BothWaysAsync();
        var before = gateway.Descriptors;
        await BothWaysAsync();
        await Deadline.UntilAsync(() => gateway.Descriptors <= before, () => $"{gateway.Descriptors} descriptors, {before} before");

        async Task BothWaysAsync()
        {
            foreach (var leave in (Action<RawConnection>[])[connection => connection.Finish(), connection => connection.Reset()])
            {
                using var client = await BindAsync(gateway, new IPEndPoint(IPAddress.Loopback, 21));
                leave(client.Connection);
                await AssertGoneAsync(client.First.Bound, TimeSpan.FromSeconds(5));
            }
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Who_may_not_be_reached_may_not_call(string transport)
    {
        await using var gateway = await StartAsync(transport, "--deny", "127.0.0.66");
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Request(Bind, Socks5.IPv4, [127, 0, 0, 66], 21)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Request(Bind, Socks5.IPv4, [10, 0, 0, 1], 0)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Request(Bind, Socks5.IPv4, [0, 0, 0, 0], 0)));
    }

    private static Task<GatewayProcess> StartAsync(string transport, params string[] options) =>
        GatewayProcess.StartAsync(transport, ["--enable", "bind", .. options]);

    private static async Task<BoundClient> BindAsync(GatewayProcess gateway, IPEndPoint peer)
    {
        var (connection, first) = await RawClient.RequestAsync(gateway, Socks5.Request(Bind, Socks5.IPv4, peer.Address.GetAddressBytes(), peer.Port));
        Assert.Equal(ReplyCode.Succeeded, first.Code);
        Assert.Equal(IPAddress.Loopback, first.Bound.Address);
        return new BoundClient(connection, first);
    }

    private static async Task AssertGoneAsync(IPEndPoint at, TimeSpan? limit = null) => await Deadline.UntilAsync(async () =>
    {
        try
        {
            (await RawConnection.ConnectAsync(at, IPAddress.Parse("127.0.0.99"))).Dispose();
            return false;
        }
        catch (SocketException error)
        {
            // A listener that closes resets who still stands in its queue: the next attempt is refused
            return error.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }, () => $"{at} still listens", limit);

    private static async Task<string> ReadLineAsync(RawConnection connection)
    {
        var line = "";
        while (!line.EndsWith('\n')) line += (char)(await connection.ReceiveAsync(1))[0];
        return line;
    }

    private sealed record BoundClient(RawConnection Connection, Socks5Reply First) : IDisposable
    {
        public void Dispose() => Connection.Dispose();
    }
}
