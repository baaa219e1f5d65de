using System.Net.Sockets;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>What one side does to its connection, the other side sees; and the log names it.</summary>
public sealed class EndingTests(Gateways gateways)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_has_finished_still_receives(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        client.Finish();
        await peer.AssertRestAsync([], Ending.Fin);
        await peer.SendAsync("afterwards"u8.ToArray());
        peer.Finish();
        await client.AssertRestAsync("afterwards"u8.ToArray(), Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(client);
        AssertEnd(end, "client-fin", "client");
        Assert.Equal(0, end.GetProperty("bytes_up").GetInt64());
        Assert.Equal(10, end.GetProperty("bytes_down").GetInt64());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_has_finished_still_receives(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        peer.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        await client.SendAsync("afterwards"u8.ToArray());
        client.Finish();
        await peer.AssertRestAsync("afterwards"u8.ToArray(), Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(client);
        AssertEnd(end, "target-fin", "target");
        Assert.Equal(10, end.GetProperty("bytes_up").GetInt64());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reset_of_the_client_is_a_reset_at_the_target(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        await client.SendAsync("first"u8.ToArray());
        Assert.Equal("first"u8.ToArray(), await peer.ReceiveAsync(5));
        client.Reset();
        await peer.AssertRestAsync([], Ending.Reset);
        AssertEnd(await gateway.Log.SessionEndAsync(client), "client-reset", "client");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reset_of_the_target_is_a_reset_at_the_client(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        await peer.SendAsync("first"u8.ToArray());
        Assert.Equal("first"u8.ToArray(), await client.ReceiveAsync(5));
        peer.Reset();
        await client.AssertRestAsync([], Ending.Reset);
        AssertEnd(await gateway.Log.SessionEndAsync(client), "target-reset", "target");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_dies_in_the_middle_is_never_a_clean_end(string transport)
    {
        await using var target = RawTarget.Start(async peer =>
        {
            // Not before the gateway has joined them: a connection that is reset while it is made counts as refused
            await peer.ReceiveAsync(1);
            await Pattern.SendAsync(peer, 4 << 20);
            peer.Reset();
        });
        var gateway = await gateways.SharedAsync(transport);
        for (var i = 0; i < 10; i++)
        {
            using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
            await client.SendAsync(new byte[1]);
            var (_, ending) = await Pattern.ReceiveUpToEndAsync(client);
            Assert.Equal(Ending.Reset, ending);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reset_after_a_FIN_of_the_other_direction_is_seen(string transport)
    {
        var (_, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        client.Finish();
        await peer.AssertRestAsync([], Ending.Fin);
        peer.Reset();
        await client.AssertRestAsync([], Ending.Reset);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_resets_while_sending_to_a_target_that_does_not_read_ends_the_session(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        client.Socket.Blocking = false;
        var chunk = new byte[64 * 1024];
        // Until nothing more goes in: both directions of the gateway are full then
        for (var full = 0; full < 5;)
        {
            client.Socket.Send(chunk, SocketFlags.None, out var error);
            full = error == SocketError.WouldBlock ? full + 1 : 0;
            if (error == SocketError.WouldBlock) await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
        client.Reset();
        AssertEnd(await gateway.Log.SessionEndAsync(client), "client-reset", "client");
        var (_, ending) = await peer.ReceiveToEndAsync();
        Assert.Equal(Ending.Reset, ending);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_line_of_a_session_tells_what_the_contract_promises(string transport)
    {
        var (gateway, client, peer, target) = await JoinAsync(transport);
        await using var listening = target;
        await client.SendAsync(new byte[120]);
        await peer.ReceiveAsync(120);
        await peer.SendAsync(new byte[4096]);
        await client.ReceiveAsync(4096);
        client.Finish();
        peer.Finish();
        var end = await gateway.Log.SessionEndAsync(client);
        Assert.Equal("info", end.GetProperty("level").GetString());
        Assert.NotEqual("", end.GetProperty("id").GetString());
        Assert.Equal(gateway.EndPoint.ToString(), end.GetProperty("listener").GetString());
        Assert.Equal("socks5", end.GetProperty("protocol").GetString());
        Assert.Equal("connect", end.GetProperty("command").GetString());
        Assert.Equal(target.EndPoint.ToString(), end.GetProperty("target").GetString());
        Assert.Equal(target.EndPoint.ToString(), end.GetProperty("dialled").GetString());
        Assert.Equal(peer.Remote.ToString(), end.GetProperty("source").GetString());
        Assert.Equal("allow", end.GetProperty("verdict").GetString());
        Assert.Equal(120, end.GetProperty("bytes_up").GetInt64());
        Assert.Equal(4096, end.GetProperty("bytes_down").GetInt64());
        foreach (var time in new[] { "handshake_ms", "connect_ms", "first_byte_ms", "duration_ms" })
            Assert.True(end.GetProperty(time).GetDouble() >= 0, time);
    }

    private async Task<(GatewayProcess Gateway, RawConnection Client, RawConnection Peer, RawTarget Target)> JoinAsync(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        var target = RawTarget.Start();
        var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        return (gateway, client, await target.AcceptAsync(), target);
    }

    private static void AssertEnd(JsonElement entry, string reason, string side)
    {
        Assert.Equal(reason, entry.GetProperty("end").GetString());
        Assert.Equal(side, entry.GetProperty("side").GetString());
    }
}
