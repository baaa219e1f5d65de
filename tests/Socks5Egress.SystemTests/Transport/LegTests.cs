using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>What <see cref="ILeg"/> promises of its pipes, over each transport.</summary>
public sealed class LegTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task Bytes_come_back_through_the_pipes(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();
        var echo = EchoAsync(leg);

        foreach (var size in (int[])[1, 100, 5000, 300_000])
        {
            var sent = Wire.RandomBytes(size, seed: size);
            var sending = peer.SendAsync(sent, Wire.Test);
            Assert.Equal(sent, await peer.ReadExactlyAsync(size));
            await sending;
        }

        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await peer.ReadEndAsync());
        await echo.WaitAsync(Wire.Patience, Wire.Test);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_leg_knows_both_of_its_ends(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        Assert.Equal(peer.LocalEndPoint, leg.RemoteEndPoint);
        Assert.Equal(peer.RemoteEndPoint, leg.LocalEndPoint);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_dual_stack_listener_gives_IPv4_peers_their_IPv4_addresses(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var v4 = await Wire.DialAsync(new IPEndPoint(IPAddress.Loopback, acceptor.LocalEndPoint.Port));
        await using var leg4 = await acceptor.AcceptLegAsync();
        using var v6 = await Wire.DialAsync(new IPEndPoint(IPAddress.IPv6Loopback, acceptor.LocalEndPoint.Port));
        await using var leg6 = await acceptor.AcceptLegAsync();

        Assert.Equal((v4.LocalEndPoint, v4.RemoteEndPoint), (leg4.RemoteEndPoint, leg4.LocalEndPoint));
        Assert.Equal((v6.LocalEndPoint, v6.RemoteEndPoint), (leg6.RemoteEndPoint, leg6.LocalEndPoint));
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Completing_the_output_sends_FIN_and_the_input_goes_on(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        await leg.Output.WriteAsync("bye"u8.ToArray(), Wire.Test);
        await leg.Output.CompleteAsync();
        Assert.Equal("bye"u8.ToArray(), await peer.ReadExactlyAsync(3));
        Assert.Equal(SocketError.Success, await peer.ReadEndAsync());

        await peer.SendAsync("still here"u8.ToArray(), Wire.Test);
        var read = await leg.Input.ReadAtLeastAsync(10, Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal("still here"u8.ToArray(), read.Buffer.ToArray());
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_FIN_completes_the_input_and_the_output_goes_on(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        peer.Shutdown(SocketShutdown.Send);
        var read = await leg.Input.ReadAsync(Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
        Assert.True(read.IsCompleted && read.Buffer.IsEmpty);

        await leg.Output.WriteAsync("still here"u8.ToArray(), Wire.Test);
        Assert.Equal("still here"u8.ToArray(), await peer.ReadExactlyAsync(10));
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_flush_waits_for_a_slow_reader_and_nothing_is_lost_by_the_close_behind_it(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        var leg = await acceptor.AcceptLegAsync();
        var sent = Wire.RandomBytes(16 << 20, seed: 1);

        var writing = Task.Run(
            async () =>
            {
                await leg.Output.WriteAsync(sent, Wire.Test);
                await leg.Output.CompleteAsync();
                await leg.DisposeAsync();
            },
            Wire.Test);
        Assert.Equal(sent, await peer.ReadExactlyAsync(sent.Length));
        Assert.Equal(SocketError.Success, await peer.ReadEndAsync());
        await writing.WaitAsync(Wire.Patience, Wire.Test);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_reset_breaks_a_waiting_read(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        var reading = leg.Input.ReadAsync(Wire.Test).AsTask();
        peer.Reset();
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Wire.Patience, Wire.Test));
        Assert.True(LegFaults.TryTranslate(exception, out var fault));
        Assert.Equal(LegFault.Reset, fault);
    }

    [Fact]
    public async Task A_leg_of_the_engine_is_gone_behind_a_reset_whoever_took_the_error_and_not_behind_a_FIN()
    {
        await using var transport = Transports.Create("sockets");
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var finishing = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var finished = await acceptor.AcceptLegAsync();
        using var resetting = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var reset = (SocketsLeg)await acceptor.AcceptLegAsync();

        finishing.Shutdown(SocketShutdown.Send);
        Assert.True((await finished.Input.ReadAsync(Wire.Test)).IsCompleted);
        Assert.False(finished.IsGone);

        Assert.False(reset.IsGone);
        resetting.Reset();
        await Wire.WaitUntilAsync(() => (int)reset.Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! != 0, "the reset is there");
        Assert.Equal(0, await reset.Socket.ReceiveAsync(new byte[1], Wire.Test));
        Assert.True(reset.IsGone);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Abort_sends_RST_and_breaks_a_waiting_read(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        var reading = leg.Input.ReadAsync(Wire.Test).AsTask();
        leg.Abort();
        leg.Abort();
        Assert.Equal(SocketError.ConnectionReset, await peer.ReadEndAsync());
        try
        {
            await reading.WaitAsync(Wire.Patience, Wire.Test);
        }
        catch (Exception e) when (LegFaults.TryTranslate(e, out _))
        {
            // One transport ends the read, the other breaks it: either way nobody waits for ever
        }
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_read_is_cancelled_and_the_next_one_gets_the_bytes(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        using (var cancelled = new CancellationTokenSource())
        {
            var reading = leg.Input.ReadAsync(cancelled.Token).AsTask();
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Wire.Patience, Wire.Test));
        }

        await peer.SendAsync("x"u8.ToArray(), Wire.Test);
        var read = await leg.Input.ReadAsync(Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal("x"u8.ToArray(), read.Buffer.ToArray());
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_watch_tells_a_reset_that_nobody_reads(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        using var reset = new CancellationTokenSource();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        reset.Token.Register(told.SetResult);
        await using var watch = leg.WatchReset(reset);
        await peer.SendAsync("early"u8.ToArray(), Wire.Test);
        peer.Reset();
        await told.Task.WaitAsync(Wire.Patience, Wire.Test);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_watch_takes_no_FIN_for_a_reset_and_keeps_the_bytes(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        using var reset = new CancellationTokenSource();
        var watch = leg.WatchReset(reset);
        await peer.SendAsync("early"u8.ToArray(), Wire.Test);
        peer.Shutdown(SocketShutdown.Send);

        // Another connection's whole life, accepted, answered and closed, is time enough for the FIN to have been looked at
        using (var second = await Wire.DialAsync(acceptor.LocalEndPoint))
        {
            await using var secondLeg = await acceptor.AcceptLegAsync();
            await secondLeg.Output.WriteAsync("y"u8.ToArray(), Wire.Test);
            await second.ReadExactlyAsync(1);
        }

        await watch.DisposeAsync();
        Assert.False(reset.IsCancellationRequested);
        var early = new MemoryStream();
        while (true)
        {
            var read = await leg.Input.ReadAsync(Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
            foreach (var segment in read.Buffer) early.Write(segment.Span);
            leg.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }

        Assert.Equal("early"u8.ToArray(), early.ToArray());
    }

    private static async Task EchoAsync(ILeg leg)
    {
        while (true)
        {
            var read = await leg.Input.ReadAsync();
            foreach (var segment in read.Buffer) leg.Output.Write(segment.Span);
            leg.Input.AdvanceTo(read.Buffer.End);
            await leg.Output.FlushAsync();
            if (!read.IsCompleted) continue;
            await leg.Output.CompleteAsync();
            return;
        }
    }
}
