using System.Net.Sockets;
using Socks5Egress.Transport.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>What the other tests rely on.</summary>
public sealed class RawConnectionTests
{
    [Fact]
    public async Task A_reset_that_a_send_has_met_is_a_reset_for_the_reader()
    {
        await using var target = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync(target.EndPoint);
        (await target.AcceptAsync()).Reset();
        await Deadline.UntilAsync(() => SocketOptions.IsClosed(client.Socket), () => "The reset does not arrive");
        var error = await Assert.ThrowsAsync<SocketException>(() => client.SendAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Assert.Equal(Ending.Reset, (await client.ReceiveToEndAsync()).Ending);
    }

    [Fact]
    public async Task A_reset_after_a_FIN_is_the_FIN_that_came_first()
    {
        await using var target = RawTarget.Start();
        using var client = await RawConnection.ConnectAsync(target.EndPoint);
        var peer = await target.AcceptAsync();
        peer.Finish();
        await Deadline.UntilAsync(() => client.Socket.Poll(0, SelectMode.SelectRead), () => "The FIN does not arrive");
        peer.Reset();
        await Deadline.UntilAsync(() => SocketOptions.IsClosed(client.Socket), () => "The reset does not arrive");
        await Assert.ThrowsAsync<SocketException>(() => client.SendAsync(new byte[1]));
        Assert.Equal(Ending.Fin, (await client.ReceiveToEndAsync()).Ending);
    }
}
