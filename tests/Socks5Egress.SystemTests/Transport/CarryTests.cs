using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>A counted number of bytes past the pipes: exactly so many, and what each end of either side makes of them.</summary>
public sealed class CarryTests
{
    private const int Count = 3_000_001;

    /// <summary>Transports whose legs can be carried between; without splice there is no shorter way.</summary>
    public static TheoryData<string> Ways => OperatingSystem.IsLinux() ? new("sockets", "epoll") : new("sockets");

    [Theory, MemberData(nameof(Ways))]
    public async Task Exactly_so_many_bytes_are_carried_and_the_pipes_go_on(string way)
    {
        await using var pair = await StartAsync(way);
        var bytes = Wire.RandomBytes(Count + 5, seed: 1);
        var sending = pair.Sender.SendAsync(bytes, Wire.Test).AsTask();
        var carrying = pair.CarryAsync(Count);
        var received = pair.Receiver.ReadExactlyAsync(Count);
        var carried = await carrying;
        Assert.Equal((Count, CarryEnd.Whole), (carried.Bytes, carried.End));
        Assert.Equal(bytes[..Count], await received);
        await sending;
        Assert.Equal(Count, pair.Traffic.BytesUp);

        // What stands behind them is the input's, and the output is as it was
        pair.Advance();
        var rest = await pair.From.Input.ReadAtLeastAsync(5, Wire.Test);
        Assert.Equal(bytes[Count..], System.Buffers.BuffersExtensions.ToArray(rest.Buffer));
        pair.From.Input.AdvanceTo(rest.Buffer.End);
        await pair.To.Output.WriteAsync("next"u8.ToArray(), Wire.Test);
        Assert.Equal("next", Encoding.ASCII.GetString(await pair.Receiver.ReadExactlyAsync(4)));
        // And the other direction, which nobody has touched
        await pair.Receiver.SendAsync("back"u8.ToArray(), Wire.Test);
        Assert.Equal(4, (await pair.To.Input.ReadAtLeastAsync(4, Wire.Test)).Buffer.Length);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Each_end_of_a_side_says_so(string way)
    {
        foreach (var end in new[] { CarryEnd.Fin, CarryEnd.SenderBroke, CarryEnd.ReceiverBroke, CarryEnd.Stopped })
        {
            await using var pair = await StartAsync(way);
            var carrying = pair.CarryAsync(Count);
            await pair.Sender.SendAsync(new byte[1000], Wire.Test);
            await pair.Receiver.ReadExactlyAsync(1000);
            switch (end)
            {
                case CarryEnd.Fin:
                    pair.Sender.Shutdown(SocketShutdown.Send);
                    break;
                case CarryEnd.SenderBroke:
                    pair.Sender.Reset();
                    break;
                case CarryEnd.ReceiverBroke:
                    pair.Receiver.Reset();
                    // The kernel takes the first bytes behind a reset that it has not heard of
                    while (!carrying.IsCompleted) await SendIfOpenAsync(pair.Sender);
                    break;
                default:
                    pair.Stop();
                    break;
            }
            Assert.Equal(end, (await carrying.WaitAsync(Wire.Patience, Wire.Test)).End);
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_receiver_that_takes_nothing_stops_the_sender(string way)
    {
        await using var pair = await StartAsync(way);
        var carrying = pair.CarryAsync(long.MaxValue);
        var sent = 0L;
        using var impatience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            while (true) sent += await pair.Sender.SendAsync(new byte[65536], impatience.Token);
        }
        catch (OperationCanceledException)
        {
            // The kernels are full
        }
        Assert.InRange(sent, 1, 64 << 20);
        Assert.False(carrying.IsCompleted);
        pair.From.Abort();
        pair.To.Abort();
        await carrying.WaitAsync(Wire.Patience, Wire.Test);
    }

    [Fact]
    public async Task An_urgent_byte_is_left_to_the_pipes()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var pair = await StartAsync("epoll");
        var carrying = pair.CarryAsync(Count);
        await pair.Sender.SendAsync(new byte[100_000], Wire.Test);
        await pair.Sender.SendAsync("!"u8.ToArray(), SocketFlags.OutOfBand, Wire.Test);
        var carried = await carrying.WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal(CarryEnd.Short, carried.End);
        Assert.Equal(100_000 - carried.Bytes + 1, await pair.CountRestAsync((int)(100_001 - carried.Bytes)));
    }

    private static async Task SendIfOpenAsync(Socket socket)
    {
        await socket.SendAsync(new byte[1000], Wire.Test);
        await Task.Yield();
    }

    private static async Task<Pair> StartAsync(string way)
    {
        var transport = Transports.Create(way);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var listener = Wire.ListenPlain();
        var sender = await Wire.DialAsync(acceptor.LocalEndPoint);
        var from = await acceptor.AcceptLegAsync();
        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, from, Wire.Test);
        var pair = new Pair(transport, sender, await listener.AcceptAsync(Wire.Test), from, connected.Leg!);
        await pair.BeginAsync();
        return pair;
    }

    private sealed class Pair(ITransport transport, Socket sender, Socket receiver, ILeg from, ILeg to) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private System.IO.Pipelines.ReadResult _held;

        public Socket Sender => sender;

        public Socket Receiver => receiver;

        public ILeg From => from;

        public ILeg To => to;

        public Traffic Traffic { get; } = new();

        /// <summary>Something new was read, and is held: the state in which bytes may be carried.</summary>
        public async Task BeginAsync()
        {
            await sender.SendAsync("begin"u8.ToArray(), Wire.Test);
            _held = await from.Input.ReadAtLeastAsync(5, Wire.Test);
        }

        public Task<Carried> CarryAsync(long count)
        {
            var carrying = from.TryCarry(to, count, RelaySide.Client, Traffic, _stop.Token);
            Assert.NotNull(carrying);
            return carrying;
        }

        public void Advance() => from.Input.AdvanceTo(_held.Buffer.End);

        public void Stop() => _stop.Cancel();

        public async Task<long> CountRestAsync(int atLeast)
        {
            Advance();
            return (await from.Input.ReadAtLeastAsync(atLeast, Wire.Test)).Buffer.Length;
        }

        public async ValueTask DisposeAsync()
        {
            sender.Dispose();
            receiver.Dispose();
            await transport.DisposeAsync();
            _stop.Dispose();
        }
    }
}
