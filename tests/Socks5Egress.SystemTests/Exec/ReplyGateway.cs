using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>
/// A gateway that answers by the target: <c>05.test</c> and 203.0.113.5 with reply 05 and so on, <c>silent.test</c> with nothing; all others
/// lead to an echo of its own. It remembers what it was asked for.
/// </summary>
internal sealed class ReplyGateway : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public ReplyGateway()
    {
        _listener.Start(1024);
        _ = AcceptAsync();
    }

    public string Via => $"socks5://{_listener.LocalEndpoint}";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Connections that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    private int _open;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed
        }
    }

    private async Task ServeAsync(Socket client)
    {
        Interlocked.Increment(ref _open);
        using var stream = new NetworkStream(client, ownsSocket: true);
        try
        {
            var bytes = new byte[64 * 1024];
            await stream.ReadExactlyAsync(bytes.AsMemory(0, 2), _stop.Token);
            await stream.ReadExactlyAsync(bytes.AsMemory(0, bytes[1]), _stop.Token);
            await stream.WriteAsync(new byte[] { 5, 0 }, _stop.Token);
            var host = await ReadHostAsync(stream, bytes);
            await stream.ReadExactlyAsync(bytes.AsMemory(0, 2), _stop.Token);
            Asked.Enqueue($"{host}:{BinaryPrimitives.ReadUInt16BigEndian(bytes)}");
            if (host == "silent.test") await Task.Delay(Timeout.Infinite, _stop.Token);
            var reply = ReplyTo(host);
            await stream.WriteAsync(new byte[] { 5, reply, 0, 1, 0, 0, 0, 0, 0, 0 }, _stop.Token);
            if (reply != 0) return;
            for (int count; (count = await stream.ReadAsync(bytes, _stop.Token)) > 0;) await stream.WriteAsync(bytes.AsMemory(0, count), _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It left
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static byte ReplyTo(string host) => host switch
    {
        "05.test" or "203.0.113.5" or "2001:db8::5" => 5,
        "04.test" or "203.0.113.4" or "2001:db8::4" => 4,
        "03.test" or "203.0.113.3" or "2001:db8::3" => 3,
        "02.test" or "203.0.113.2" or "2001:db8::2" => 2,
        _ => 0,
    };

    private async Task<string> ReadHostAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 4), _stop.Token);
        var type = bytes[3];
        if (type == 3) await stream.ReadExactlyAsync(bytes.AsMemory(0, 1), _stop.Token);
        int length = type == 1 ? 4 : type == 4 ? 16 : bytes[0];
        await stream.ReadExactlyAsync(bytes.AsMemory(0, length), _stop.Token);
        return type == 3 ? Encoding.ASCII.GetString(bytes, 0, length) : new IPAddress(bytes.AsSpan(0, length)).ToString();
    }
}
