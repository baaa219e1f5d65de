using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>The pace of sessions over a cable, as the receivers' kernels count it: a reader that is late changes nothing.</summary>
public sealed class RateTests
{
    private const int TcpInfo = 11, ReceivedAt = 128;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1.5);

    public static TheoryData<string, string> Ways => EachTransport.With("one", "one inside TLS", "fifty", "fifty inside TLS");

    [Theory, MemberData(nameof(Ways))]
    public async Task A_session_keeps_to_its_rate_in_each_direction(string transport, string way)
    {
        var (isTls, count) = (way.EndsWith("TLS", StringComparison.Ordinal), way.StartsWith("one", StringComparison.Ordinal) ? 1 : 50);
        // Fifty of 20 Mbit/s are more than a machine with two cores encrypts twice beside other tests
        long rate = count == 1 || LongRun.Wanted ? 20_000_000 : 2_000_000;
        await using var cable = await Cable.StartAsync(transport, isTls, "--session-rate", rate.ToString(CultureInfo.InvariantCulture));
        var sessions = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => cable.OpenAsync(isTls)));
        foreach (var session in sessions) session.Flood();
        // What the kernel lets go at the beginning fills the buffers
        await Task.Delay(TimeSpan.FromSeconds(0.7), TestContext.Current.CancellationToken);
        var (down, up) = await MeasureAsync(sessions);
        TestContext.Current.TestOutputHelper!.WriteLine($"{transport} {way}: {down.Sum() / count / 1e6:f2} and {up.Sum() / count / 1e6:f2} Mbit/s");
        foreach (var measured in new[] { down, up })
        {
            Assert.InRange(measured.Sum(), 0.85 * count * rate, 1.15 * count * rate);
            // A session alone may be served late once; together they are not
            Assert.All(measured, bits => Assert.InRange(bits, 0.5 * rate, 1.3 * rate));
        }
        foreach (var session in sessions) await session.DisposeAsync();
    }

    /// <returns>Bits a second that came to each client and to each target.</returns>
    private static async Task<(double[] Down, double[] Up)> MeasureAsync(Paced[] sessions)
    {
        var watch = Stopwatch.StartNew();
        var before = sessions.Select(session => (Down: Received(session.Client), Up: Received(session.Target), At: watch.Elapsed)).ToList();
        await Task.Delay(Span, TestContext.Current.CancellationToken);
        var after = sessions.Select(session => (Down: Received(session.Client), Up: Received(session.Target), At: watch.Elapsed)).ToList();
        var pairs = before.Zip(after).ToList();
        return ([.. pairs.Select(pair => (pair.Second.Down - pair.First.Down) * 8 / (pair.Second.At - pair.First.At).TotalSeconds)],
            [.. pairs.Select(pair => (pair.Second.Up - pair.First.Up) * 8 / (pair.Second.At - pair.First.At).TotalSeconds)]);
    }

    /// <summary>Bytes that the kernel has taken from the peer.</summary>
    private static long Received(Socket socket)
    {
        var info = new byte[ReceivedAt + 8];
        socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info);
        return BinaryPrimitives.ReadInt64LittleEndian(info.AsSpan(ReceivedAt));
    }

    /// <summary>One session, whose two ends send and read as fast as they can.</summary>
    private sealed class Paced(Socket client, Stream clientStream, RawConnection target) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<Task> _running = [];

        public Socket Client => client;

        public Socket Target => target.Socket;

        public void Flood()
        {
            var targetStream = new NetworkStream(target.Socket, ownsSocket: false);
            foreach (var stream in new[] { clientStream, targetStream })
                _running.AddRange([SendAsync(stream), stream.CopyToAsync(Stream.Null, 64 * 1024, _stop.Token)]);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            client.Dispose();
            target.Dispose();
            foreach (var task in _running) await Task.WhenAny(task);
            _stop.Dispose();
        }

        private async Task SendAsync(Stream stream)
        {
            var bytes = new byte[16 * 1024];
            while (true) await stream.WriteAsync(bytes, _stop.Token);
        }
    }

    /// <summary>A gateway in a network of its own; clients and targets are at the other end of its cable.</summary>
    private sealed class Cable : IAsyncDisposable
    {
        private readonly Certificates _certificates = new();
        private NetworkNamespace? _here, _there;
        private RawTarget? _target;
        private GatewayProcess? _gateway;

        public static async Task<Cable> StartAsync(string transport, bool tls, params string[] options)
        {
            var cable = new Cable();
            try
            {
                (cable._here, cable._there) = (await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
                await NetworkNamespace.JoinAsync(cable._here, cable._there);
                cable._target = cable._there.Inside(() => RawTarget.Start(IPAddress.Parse("192.0.2.2")));
                var certificate = cable._certificates.Server();
                cable._gateway = await GatewayProcess.StartAsync(new GatewayStart
                {
                    Transport = transport,
                    Options = ["--allow", "192.0.2.2", "--listen", "192.0.2.1:1080", "--no-auth", "--admin", "off", .. tls ? ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile] : Array.Empty<string>(), .. options],
                    Through = cable._here.Through,
                });
                return cable;
            }
            catch
            {
                await cable.DisposeAsync();
                throw;
            }
        }

        public async Task<Paced> OpenAsync(bool isTls)
        {
            if (isTls)
            {
                var client = await _there!.Inside(() => TlsClient.ConnectAsync(_gateway!.EndPoint));
                Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(_target!.EndPoint)));
                return new Paced(client.Raw.Socket, client.Stream, await _target.AcceptAsync());
            }
            var (plain, reply) = await _there!.Inside(() => RawClient.RequestAsync(_gateway!, Socks5.Connect(_target!.EndPoint)));
            Assert.Equal(ReplyCode.Succeeded, reply.Code);
            return new Paced(plain.Socket, new NetworkStream(plain.Socket, ownsSocket: false), await _target!.AcceptAsync());
        }

        public async ValueTask DisposeAsync()
        {
            if (_gateway is not null) await _gateway.DisposeAsync();
            if (_target is not null) await _target.DisposeAsync();
            _here?.Dispose();
            _there?.Dispose();
            _certificates.Dispose();
        }
    }
}
