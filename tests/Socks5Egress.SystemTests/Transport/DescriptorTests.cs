using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>Descriptors: none is leaked, and none is used after it was closed and given to somebody else.</summary>
[CollectionDefinition(DisableParallelization = true)]
[Collection(typeof(DescriptorTests))]
public sealed class DescriptorTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task Two_thousand_short_sessions_leave_as_many_descriptors_as_before(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc");
        await using var transport = Transports.Create(name);
        await using var gateway = new EchoGateway(transport);
        await gateway.SessionAsync(100);
        var before = OpenDescriptors();

        await Parallel.ForAsync(
            0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Wire.Test },
            async (i, _) => await gateway.SessionAsync(i % 7 == 0 ? 100_000 : 64, reset: i % 5 == 0));

        // A few sockets of the test's own engine may close late
        await Wire.WaitUntilAsync(() => OpenDescriptors() <= before, "the descriptors were back");
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task Connections_that_come_and_go_get_none_of_each_others_bytes(string name)
    {
        await using var transport = Transports.Create(name);
        await using var gateway = new EchoGateway(transport);
        using var done = new CancellationTokenSource();
        var churn = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested) await gateway.SessionAsync(1, reset: true);
            },
            Wire.Test)));

        await Parallel.ForAsync(
            0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Wire.Test },
            async (i, _) => await gateway.SessionAsync(300_000 + i));
        await done.CancelAsync();
        await churn;
    }

    private static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    /// <summary>Relays each connection to an echo server; sessions check every byte that comes back.</summary>
    private sealed class EchoGateway : IAsyncDisposable
    {
        private readonly ITransport _transport;
        private readonly IAcceptor _acceptor;
        private readonly Socket _echo = Wire.ListenPlain();
        private int _seed;

        public EchoGateway(ITransport transport)
        {
            (_transport, _acceptor) = (transport, transport.Listen(Wire.AnyLoopbackPort));
            _ = AcceptAsync();
            _ = EchoAsync();
        }

        public async Task SessionAsync(int bytes, bool reset = false)
        {
            var sent = Wire.RandomBytes(bytes, seed: Interlocked.Increment(ref _seed));
            using var socket = await Wire.DialAsync(_acceptor.LocalEndPoint);
            var sending = socket.SendAsync(sent, Wire.Test);
            Assert.Equal(sent, await socket.ReadExactlyAsync(bytes));
            await sending;
            if (reset)
            {
                socket.Reset();
                return;
            }

            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(SocketError.Success, await socket.ReadEndAsync());
        }

        public async ValueTask DisposeAsync()
        {
            _echo.Dispose();
            await _acceptor.DisposeAsync();
        }

        private async Task AcceptAsync()
        {
            while ((await _acceptor.AcceptAsync(Wire.Test)).Leg is { } leg) leg.Scheduler.Schedule(state => _ = RelayAsync((ILeg)state!), leg);
        }

        private async Task RelayAsync(ILeg client)
        {
            var connected = await _transport.ConnectAsync((IPEndPoint)_echo.LocalEndPoint!, null, client, Wire.Test);
            await Relay.RunAsync(client, connected.Leg!, new Traffic(), TimeProvider.System, CancellationToken.None);
        }

        private async Task EchoAsync()
        {
            while (true)
            {
                var socket = await _echo.AcceptAsync(Wire.Test);
                _ = Task.Run(async () =>
                {
                    using (socket)
                    {
                        var buffer = new byte[65536];
                        try
                        {
                            while (await socket.ReceiveAsync(buffer) is var count and > 0) await socket.SendAsync(buffer.AsMemory(0, count));
                        }
                        catch (SocketException)
                        {
                            // The sessions that reset
                        }
                    }
                });
            }
        }
    }
}
