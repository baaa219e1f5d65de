using System.Net.Sockets;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>What accepting gives, over each transport.</summary>
public sealed class AcceptTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task Connections_wait_until_somebody_asks(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        var sockets = new List<Socket>();
        for (var i = 0; i < 200; i++) sockets.Add(await Wire.DialAsync(acceptor.LocalEndPoint));
        var remotes = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            var leg = await acceptor.AcceptLegAsync();
            remotes.Add(leg.RemoteEndPoint.ToString());
            await leg.DisposeAsync();
        }

        Assert.Equal(sockets.Select(static s => s.LocalEndPoint!.ToString()!).ToHashSet(), remotes);
        foreach (var socket in sockets)
        {
            Assert.Equal(SocketError.Success, await socket.ReadEndAsync());
            socket.Dispose();
        }
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_cancelled_wait_ends_and_the_next_one_gets_the_connection(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var cancellation = new CancellationTokenSource();
        var accepting = acceptor.AcceptAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.Equal(SocketError.OperationAborted, (await accepting.WaitAsync(Wire.Patience, Wire.Test)).Error);

        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();
        Assert.Equal(peer.LocalEndPoint, leg.RemoteEndPoint);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Once_cancelled_it_hands_out_what_already_waits_and_then_ends(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var one = await Wire.DialAsync(acceptor.LocalEndPoint);
        using var two = await Wire.DialAsync(acceptor.LocalEndPoint);

        for (var i = 0; i < 2; i++)
        {
            var accepted = await acceptor.AcceptAsync(new CancellationToken(true)).AsTask().WaitAsync(Wire.Patience, Wire.Test);
            Assert.Equal(SocketError.Success, accepted.Error);
            await accepted.Leg!.DisposeAsync();
        }

        var last = await acceptor.AcceptAsync(new CancellationToken(true)).AsTask().WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal(SocketError.OperationAborted, last.Error);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Closing_the_listener_ends_the_wait(string name)
    {
        await using var transport = Transports.Create(name);
        var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        var accepting = acceptor.AcceptAsync(Wire.Test).AsTask();
        await acceptor.DisposeAsync();
        Assert.Equal(SocketError.OperationAborted, (await accepting.WaitAsync(Wire.Patience, Wire.Test)).Error);
        await Wire.WaitUntilAsync(() => IsRefused(acceptor.LocalEndPoint), "nobody listens there");
    }

    private static bool IsRefused(System.Net.IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endpoint);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
