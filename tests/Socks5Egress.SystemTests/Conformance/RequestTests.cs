using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>RFC 1928 sections 4 to 6: requests and what is answered.</summary>
public sealed class RequestTests(Gateways gateways)
{
    private static readonly byte[] AnAddress = [127, 0, 0, 1];

    public static MatrixTheoryData<int, string> UnknownCommands => new([0x00, 0x04, 0x7F, 0xF0, 0xF1, 0xFF], TransportKind.All.Select(row => row.Data));

    /// <summary>BIND and UDP ASSOCIATE, which are off unless <c>--enable</c> names them.</summary>
    public static MatrixTheoryData<int, string> DisabledCommands => new([0x02, 0x03], TransportKind.All.Select(row => row.Data));

    public static MatrixTheoryData<int, string> UnknownAddressTypes => new([0x00, 0x02, 0x05, 0xFF], TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(UnknownCommands)), MemberData(nameof(DisabledCommands))]
    public async Task A_command_that_is_not_served_gets_07_and_a_close(int command, string transport)
    {
        var (client, reply) = await RawClient.RequestAsync(
            await gateways.SharedAsync(transport), Socks5.Request((byte)command, Socks5.IPv4, AnAddress, 80));
        using var closing = client;
        Assert.Equal(ReplyCode.CommandNotSupported, reply.Code);
        await client.AssertRestAsync([], Ending.Fin);
    }

    [Theory, MemberData(nameof(UnknownAddressTypes))]
    public async Task An_unknown_address_type_gets_08_and_a_close(int type, string transport)
    {
        var (client, reply) = await RawClient.RequestAsync(
            await gateways.SharedAsync(transport), Socks5.Request(Socks5.ConnectCommand, (byte)type, AnAddress, 80));
        using var closing = client;
        Assert.Equal(ReplyCode.AddressTypeNotSupported, reply.Code);
        await client.AssertRestAsync([], Ending.Fin);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_request_that_breaks_off_or_is_none_is_closed(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        byte[][] requests =
        [
            [4, 1, 0, 1, 127, 0, 0, 1, 0, 80],
            [5, 1, 0, 3, 0, 0, 80],
        ];
        foreach (var request in requests)
        {
            using var client = await RawClient.GreetAsync(gateway);
            await client.SendAsync(request);
            var (bytes, _) = await client.ReceiveToEndAsync();
            Assert.True(bytes is [] or [5, not 0, ..], Convert.ToHexString(bytes));
        }

        using var half = await RawClient.GreetAsync(gateway);
        await half.SendAsync((byte[])[5, 1, 0, 3, 200, .. "exam"u8]);
        half.Finish();
        await half.AssertRestAsync([], Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(half);
        Assert.Equal("client-gone", end.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_of_255_bytes_gets_a_reply(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        var name = string.Join('.', Enumerable.Repeat(new string('a', 63), 4));
        Assert.Equal(255, name.Length);
        // A name has 253 bytes at most (RFC 1035 section 2.3.4): no rule can allow it
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(name, 80)));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Port_0_is_not_allowed(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(new IPEndPoint(IPAddress.Loopback, 0))));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect("localhost", 0)));
    }
}
