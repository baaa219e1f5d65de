using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>No byte is lost or changed, whichever side closes and whenever.</summary>
public sealed class ByteFlowTests(Gateways gateways)
{
    private const int Megabyte = 1 << 20;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Eight_MiB_and_a_FIN_at_once_from_the_target_arrive_whole(string transport)
    {
        await using var target = RawTarget.Start(async peer =>
        {
            await Pattern.SendAsync(peer, 8 * Megabyte);
            peer.Finish();
            await peer.ReceiveToEndAsync();
        });
        using var client = await RawClient.OpenAsync(await gateways.SharedAsync(transport), target.EndPoint);
        Assert.Equal(Ending.Fin, await Pattern.ReceiveAsync(client, 8 * Megabyte));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Eight_MiB_and_a_FIN_at_once_from_the_client_arrive_whole(string transport)
    {
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(await gateways.SharedAsync(transport), target.EndPoint);
        using var peer = await target.AcceptAsync();
        var receiving = Pattern.ReceiveAsync(peer, 8 * Megabyte);
        await Pattern.SendAsync(client, 8 * Megabyte);
        client.Finish();
        Assert.Equal(Ending.Fin, await receiving);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_slow_reader_gets_everything_after_both_sides_have_closed(string transport)
    {
        await using var target = RawTarget.Start(async peer =>
        {
            await Pattern.SendAsync(peer, 8 * Megabyte);
            peer.Finish();
            await peer.ReceiveToEndAsync();
        });
        using var client = await RawClient.OpenAsync(await gateways.SharedAsync(transport), target.EndPoint, receiveBuffer: 4096);
        client.Finish();
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.Equal(Ending.Fin, await Pattern.ReceiveAsync(client, 8 * Megabyte));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Both_directions_at_once_carry_their_own_bytes(string transport)
    {
        await using var target = RawTarget.Start(async peer =>
        {
            var receiving = Pattern.ReceiveAsync(peer, 16 * Megabyte);
            await Pattern.SendAsync(peer, 16 * Megabyte);
            await receiving;
            peer.Finish();
        });
        using var client = await RawClient.OpenAsync(await gateways.SharedAsync(transport), target.EndPoint);
        var back = Pattern.ReceiveAsync(client, 16 * Megabyte);
        await Pattern.SendAsync(client, 16 * Megabyte);
        client.Finish();
        Assert.Equal(Ending.Fin, await back);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Bytes_behind_the_request_reach_the_target(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var payload = Pattern.Bytes(32 * 1024);
        using var client = await RawClient.GreetAsync(await gateways.SharedAsync(transport));
        await client.SendAsync((byte[])[.. Socks5.Connect(target.EndPoint), .. payload]);
        client.Finish();
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        var (bytes, ending) = await client.ReceiveToEndAsync();
        Assert.Equal(payload, bytes);
        Assert.Equal(Ending.Fin, ending);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Small_messages_go_there_and_back_at_once(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawClient.OpenAsync(await gateways.SharedAsync(transport), target.EndPoint);
        for (byte i = 0; i < 200; i++)
        {
            byte[] message = [i, (byte)~i, 7];
            await client.SendAsync(message);
            Assert.Equal(message, await client.ReceiveAsync(message.Length));
        }
    }
}
