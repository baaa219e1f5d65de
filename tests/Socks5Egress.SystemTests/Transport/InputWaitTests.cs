using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>A connection that waits for its peer without holding its pipes, over each transport.</summary>
public sealed class InputWaitTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task The_wait_ends_with_bytes_and_the_pipes_are_there_again(string name)
    {
        await using var pair = await Pair.OpenAsync(name);
        await pair.Peer.SendAsync("one"u8.ToArray(), Wire.Test);
        var waiting = await pair.OnLegAsync(async leg =>
        {
            Assert.Equal("one", await ReadAsync(leg, 3));
            await leg.Output.WriteAsync("two"u8.ToArray(), Wire.Test);
            return Wait(leg);
        });
        Assert.Equal("two", Encoding.ASCII.GetString(await pair.Peer.ReadExactlyAsync(3)));
        Assert.False(waiting.Ended.IsCompleted);
        await pair.Peer.SendAsync("three"u8.ToArray(), Wire.Test);
        Assert.True(await waiting.Ended.WaitAsync(Wire.Patience, Wire.Test));
        await pair.OnLegAsync(async leg =>
        {
            Assert.Equal("three", await ReadAsync(leg, 5));
            await leg.Output.WriteAsync("four"u8.ToArray(), Wire.Test);
            return 0;
        });
        Assert.Equal("four", Encoding.ASCII.GetString(await pair.Peer.ReadExactlyAsync(4)));
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Bytes_that_are_there_already_end_it_at_once(string name)
    {
        await using var pair = await Pair.OpenAsync(name);
        await pair.Peer.SendAsync("early"u8.ToArray(), Wire.Test);
        var waiting = await pair.OnLegAsync(leg => Task.FromResult(Wait(leg)));
        Assert.True(await waiting.Ended.WaitAsync(Wire.Patience, Wire.Test));
        await pair.OnLegAsync(async leg =>
        {
            Assert.Equal("early", await ReadAsync(leg, 5));
            return 0;
        });
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task It_can_be_ended_and_what_comes_later_is_not_lost(string name)
    {
        await using var pair = await Pair.OpenAsync(name);
        var waiting = await pair.OnLegAsync(leg => Task.FromResult(Wait(leg)));
        await pair.OnLegAsync(leg =>
        {
            leg.EndWait();
            return Task.FromResult(0);
        });
        Assert.False(await waiting.Ended.WaitAsync(Wire.Patience, Wire.Test));
        await pair.Peer.SendAsync("later"u8.ToArray(), Wire.Test);
        await pair.OnLegAsync(async leg =>
        {
            Assert.Equal("later", await ReadAsync(leg, 5));
            return 0;
        });
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task An_end_of_the_peer_ends_it(string name)
    {
        await using var pair = await Pair.OpenAsync(name);
        var waiting = await pair.OnLegAsync(leg => Task.FromResult(Wait(leg)));
        pair.Peer.Shutdown(SocketShutdown.Send);
        Assert.True(await waiting.Ended.WaitAsync(Wire.Patience, Wire.Test));
        Assert.True(await pair.OnLegAsync(async leg => (await leg.Input.ReadAsync(Wire.Test)).IsCompleted));
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_reset_of_the_peer_is_a_fault_of_the_connection(string name)
    {
        await using var pair = await Pair.OpenAsync(name);
        var waiting = await pair.OnLegAsync(leg => Task.FromResult(Wait(leg)));
        pair.Peer.Close(0);
        var thrown = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await waiting.Ended.WaitAsync(Wire.Patience, Wire.Test);
            // A transport may leave the error for the read that follows
            await pair.OnLegAsync(async leg => await leg.Input.ReadAsync(Wire.Test));
        });
        Assert.True(LegFaults.TryTranslate(thrown, out var fault));
        Assert.Equal(LegFault.Reset, fault);
    }

    private static Waiting Wait(ILeg leg) => new(leg.WaitForInputAsync().AsTask());

    private static async Task<string> ReadAsync(ILeg leg, int count)
    {
        var read = await leg.Input.ReadAtLeastAsync(count, Wire.Test);
        var text = Encoding.ASCII.GetString(read.Buffer);
        leg.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    /// <summary>A wait that nobody awaits by returning it.</summary>
    private sealed record Waiting(Task<bool> Ended);

    private sealed record Pair(ITransport Transport, IAcceptor Acceptor, Socket Peer, ILeg Leg) : IAsyncDisposable
    {
        public static async Task<Pair> OpenAsync(string name)
        {
            var transport = Transports.Create(name);
            var acceptor = transport.Listen(Wire.AnyLoopbackPort);
            var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
            return new Pair(transport, acceptor, peer, await acceptor.AcceptLegAsync());
        }

        /// <summary>On the thread that owns the connection, where a session works: only there the pipes are given up.</summary>
        public Task<T> OnLegAsync<T>(Func<ILeg, Task<T>> work)
        {
            var begun = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
            Leg.Scheduler.Schedule(_ => begun.SetResult(work(Leg)), null);
            return begun.Task.Unwrap();
        }

        public async ValueTask DisposeAsync()
        {
            Peer.Dispose();
            await Leg.DisposeAsync();
            await Acceptor.DisposeAsync();
            await Transport.DisposeAsync();
        }
    }
}
