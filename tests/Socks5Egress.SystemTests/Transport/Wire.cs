using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>What tests need around a leg: plain sockets on the far ends, and deadlines that only a defect meets.</summary>
internal static class Wire
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static readonly IPEndPoint AnyLoopbackPort = new(IPAddress.Loopback, 0);

    public static CancellationToken Test => TestContext.Current.CancellationToken;

    public static async Task<Socket> DialAsync(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint, Test);
        return socket;
    }

    public static Socket ListenPlain(int backlog = 512)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(AnyLoopbackPort);
        listener.Listen(backlog);
        return listener;
    }

    public static async Task<ILeg> AcceptLegAsync(this IAcceptor acceptor)
    {
        var accepted = await acceptor.AcceptAsync(Test).AsTask().WaitAsync(Patience, Test);
        Assert.Equal(SocketError.Success, accepted.Error);
        return accepted.Leg!;
    }

    public static async Task<byte[]> ReadExactlyAsync(this Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var received = await socket.ReceiveAsync(bytes.AsMemory(done), Test).AsTask().WaitAsync(Patience, Test);
            Assert.True(received > 0, $"FIN after {done} of {count} bytes");
            done += received;
        }

        return bytes;
    }

    /// <summary>What comes next when nothing but an end can: FIN is <see cref="SocketError.Success"/>.</summary>
    public static async Task<SocketError> ReadEndAsync(this Socket socket)
    {
        try
        {
            var received = await socket.ReceiveAsync(new byte[1], Test).AsTask().WaitAsync(Patience, Test);
            Assert.Equal(0, received);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>How it ended, whatever comes before the end.</summary>
    public static async Task<SocketError> ReadEndOrErrorAsync(this Socket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(new byte[65536], Test).AsTask().WaitAsync(Patience, Test) > 0)
            {
            }

            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>Sends RST.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close(0);
    }

    public static async Task WaitUntilAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var waited = 0; !condition(); waited++)
        {
            Assert.True(waited < 6000, $"waited in vain until {what}");
            await timer.WaitForNextTickAsync(Test);
        }
    }

    /// <summary>Until a number has not changed for half a second.</summary>
    public static async Task WaitUntilStillAsync(Func<long> number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var last = number();
        for (var still = 0; still < 10;)
        {
            await timer.WaitForNextTickAsync(Test);
            still = number() == last ? still + 1 : 0;
            last = number();
        }
    }

    public static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
#pragma warning disable CA5394 // Reproducible bytes are wanted, not secret ones
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }
}
