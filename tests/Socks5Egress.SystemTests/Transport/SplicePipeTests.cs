using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>Kernel pipes are a luxury: bulk is copied when they would take descriptors that connections need.</summary>
public sealed class SplicePipeTests
{
    [Fact]
    public void There_is_one_where_descriptors_are_plenty_and_none_where_they_are_few()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "splice(2)");
        var pipe = SplicePipe.TryCreate(DescriptorReserve.None);
        Assert.NotNull(pipe);
        pipe.Close();
        Assert.Null(SplicePipe.TryCreate(new DescriptorReserve(0)));
    }

    [Fact]
    public void One_spare_is_kept_and_one_with_bytes_in_it_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "splice(2)");
        var pipes = new SplicePipes(DescriptorReserve.None);
        var (one, other) = (pipes.Rent()!, pipes.Rent()!);
        Assert.NotSame(one, other);
        pipes.Return(one);
        pipes.Return(other);
        Assert.Same(one, pipes.Rent());
        var fresh = pipes.Rent()!;
        Assert.NotSame(other, fresh);
        one.Close();
        fresh.Close();
    }

    [Fact]
    public async Task One_that_is_full_again_and_again_grows_and_shrinks_when_little_comes_and_loses_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "splice(2)");
        const int Bulk = 32 << 20, Piece = 1024, Pieces = 100;
        using var deadline = Deadline.Token();
        var (source, receiver) = (await PairAsync(), await PairAsync());
        using var from = source.Far;
        using var to = receiver.Near;
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(Bulk + (Pieces * Piece));
        var reading = ReadAsync(receiver.Far, bytes.Length, deadline.Token);
        var pipes = new SplicePipes(DescriptorReserve.None);
        var grew = false;
        using (source.Near)
        {
            var sending = source.Near.SendAsync(bytes.AsMemory(0, Bulk), deadline.Token).AsTask();
            for (var moved = 0; moved < Bulk;)
            {
                // As a sender that is faster than the relay: something large is always there
                while (from.Available < Math.Min(1 << 20, Bulk - moved)) await Task.Delay(1, deadline.Token);
                moved += await MoveAsync(pipes, from, to, deadline.Token);
                grew |= Large(pipes);
            }
            Assert.True(grew);
            await sending;
            for (var piece = 0; piece < Pieces; piece++)
            {
                await source.Near.SendAsync(bytes.AsMemory(Bulk + (piece * Piece), Piece), deadline.Token);
                for (var moved = 0; moved < Piece;) moved += await MoveAsync(pipes, from, to, deadline.Token);
            }
        }
        Assert.False(Large(pipes));
        Assert.Equal(bytes, await reading);
        pipes.Close();
    }

    private static bool Large(SplicePipes pipes)
    {
        var pipe = pipes.Rent()!;
        var isLarge = pipe.IsLarge;
        pipes.Return(pipe);
        return isLarge;
    }

    private static async Task<int> MoveAsync(SplicePipes pipes, Socket from, Socket to, CancellationToken cancellation)
    {
        var pipe = pipes.Rent()!;
        int moved;
        while ((moved = pipe.Fill((int)from.Handle, long.MaxValue)) < 0) await Task.Delay(1, cancellation);
        while (pipe.Length > 0)
            if (pipe.Drain((int)to.Handle) < 0) await Task.Delay(1, cancellation);
        pipes.Return(pipe);
        return moved;
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count, CancellationToken cancellation)
    {
        using (socket)
        {
            var bytes = new byte[count];
            for (var got = 0; got < count;)
            {
                var read = await socket.ReceiveAsync(bytes.AsMemory(got), cancellation);
                Assert.NotEqual(0, read);
                got += read;
            }
            return bytes;
        }
    }

    private static async Task<(Socket Near, Socket Far)> PairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 8 << 20;
        listener.Start();
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken);
        return (near, await listener.AcceptSocketAsync(TestContext.Current.CancellationToken));
    }
}
