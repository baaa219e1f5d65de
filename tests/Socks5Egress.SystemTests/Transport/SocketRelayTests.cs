using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>The client package's relay, between two plain sockets.</summary>
public sealed class SocketRelayTests
{
    // More than the kernel takes for a reader that does not read
    private const int Large = 32 << 20;

    [Fact]
    public async Task An_answer_that_overtakes_the_writer_comes_behind_the_question()
    {
        using var localListener = Wire.ListenPlain();
        using var remoteListener = Wire.ListenPlain();
        using var program = await Wire.DialAsync((IPEndPoint)localListener.LocalEndPoint!);
        using var local = await localListener.AcceptAsync(Wire.Test);
        using var remote = await Wire.DialAsync((IPEndPoint)remoteListener.LocalEndPoint!);
        using var target = await remoteListener.AcceptAsync(Wire.Test);
        var flow = new ConnectionFlow();
        var relay = new SocketRelay(local, remote, flow).RunAsync(new byte[Large], false, Wire.Test);

        await target.SendAsync(new byte[7], Wire.Test);
        await program.ReadExactlyAsync(7);
        Assert.Equal((1, Large, Large, 7), (flow.Turns, flow.LastTurn, flow.UpBeforeDown, flow.FirstDownBytes));

        target.Reset();
        Assert.Equal(SocketError.ConnectionReset, await program.ReadEndAsync());
        await relay.WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal((ConnectionSide.Target, true), (flow.EndedBy, flow.WasReset));
    }
}
