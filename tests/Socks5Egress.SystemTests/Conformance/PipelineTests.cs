using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>Greeting, login, request and first bytes in one write: what is refused takes all that follows with it.</summary>
public sealed class PipelineTests : IDisposable
{
    private const string Password = "correct horse";
    private const byte Pipelined = 0xE0;
    private const byte PipelinedUserPassword = 0xE2;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_gateway_chooses_the_private_method_that_fits_its_users(string transport)
    {
        await using var open = await GatewayProcess.StartAsync(transport);
        Assert.Equal(Pipelined, await MethodAsync(open, 0, 2, Pipelined, PipelinedUserPassword));
        Assert.Equal(0, await MethodAsync(open, 0, 2));
        Assert.Equal(0xFF, await MethodAsync(open, PipelinedUserPassword));

        await using var closed = await StartWithUserAsync(transport);
        Assert.Equal(PipelinedUserPassword, await MethodAsync(closed, 0, 2, Pipelined, PipelinedUserPassword));
        Assert.Equal(2, await MethodAsync(closed, 0, 2, Pipelined));
        Assert.Equal(0xFF, await MethodAsync(closed, Pipelined));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task All_of_it_in_one_write_is_answered_and_the_first_bytes_reach_the_target(string transport)
    {
        await using var gateway = await StartWithUserAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])
            [.. Socks5.Greeting(PipelinedUserPassword), .. Socks5.Login("app", Password), .. Socks5.Connect(target.EndPoint), .. "payload"u8]);
        Assert.Equal([5, PipelinedUserPassword, 1, 0], await client.ReceiveAsync(4));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        Assert.Equal("payload"u8.ToArray(), await client.ReceiveAsync(7));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task What_follows_a_refused_request_reaches_no_target_and_is_not_read_as_a_request(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--deny", "127.0.0.9");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        byte[][] refused =
        [
            Socks5.Connect(new(System.Net.IPAddress.Parse("127.0.0.9"), target.EndPoint.Port)),
            Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], target.EndPoint.Port),
            Socks5.Request(Socks5.ConnectCommand, 9, [127, 0, 0, 1], target.EndPoint.Port),
        ];
        foreach (var request in refused)
        {
            foreach (byte method in (byte[])[0, Pipelined])
            {
                using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
                await client.SendAsync((byte[])[.. Socks5.Greeting(method), .. request, .. Socks5.Greeting(method), .. Socks5.Connect(target.EndPoint), .. "early"u8]);
                Assert.Equal([5, method], await client.ReceiveAsync(2));
                Assert.NotEqual(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
                await client.AssertRestAsync([], Ending.Fin);
            }
        }
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task What_follows_a_refused_login_or_greeting_reaches_no_target(string transport)
    {
        await using var gateway = await StartWithUserAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using (var client = await RawConnection.ConnectAsync(gateway.EndPoint))
        {
            await client.SendAsync((byte[])
                [.. Socks5.Greeting(PipelinedUserPassword), .. Socks5.Login("app", "wrong"), .. Socks5.Login("app", Password), .. Socks5.Connect(target.EndPoint), .. "early"u8]);
            await client.AssertRestAsync([5, PipelinedUserPassword, 1, 1], Ending.Fin);
        }
        using (var client = await RawConnection.ConnectAsync(gateway.EndPoint))
        {
            await client.SendAsync((byte[])[.. Socks5.Greeting(Pipelined), .. Socks5.Connect(target.EndPoint), .. "early"u8]);
            await client.AssertRestAsync([5, 0xFF], Ending.Fin);
        }
        Assert.Equal(0, target.Accepted);
    }

    /// <summary>A client that pipelines can tell a gateway that dials from one that hangs.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_answers_go_ahead_of_a_reply_that_takes_long(string transport)
    {
        using var hole = await BlackHole.OpenAsync();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--connect-timeout", "60s");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Pipelined), .. Socks5.Connect(hole.EndPoint)]);
        Assert.Equal([5, Pipelined], await client.ReceiveAsync(2));
        Assert.Equal(0, client.Socket.Available);
    }

    private static async Task<byte> MethodAsync(GatewayProcess gateway, params byte[] methods)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Socks5.Greeting(methods));
        return (await client.ReceiveAsync(2))[1];
    }

    private async Task<GatewayProcess> StartWithUserAsync(string transport) => await GatewayProcess.StartAsync(
        transport, "--users", await StoredUsers.WriteAsync(_folder, ("app", Password)));
}
