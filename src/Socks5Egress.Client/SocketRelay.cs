using System.Buffers;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Carries bytes between two sockets until both directions have ended. A FIN passes as FIN, a reset as a reset.</summary>
internal sealed class SocketRelay(Socket local, Socket remote, ConnectionFlow flow)
{
    private const int BufferSize = 64 * 1024;

    /// <param name="early">What the client has sent already.</param>
    /// <param name="localFinished">Whether the client has sent FIN already.</param>
    /// <param name="abort">Resets both.</param>
    public async Task RunAsync(ReadOnlyMemory<byte> early, bool localFinished, CancellationToken abort)
    {
        await using var registration = abort.Register(() => { Reset(local); Reset(remote); });
        await Task.WhenAll(CopyAsync(ConnectionSide.Client, early, localFinished), CopyAsync(ConnectionSide.Target, ReadOnlyMemory<byte>.Empty, false));
        local.Dispose();
        remote.Dispose();
    }

    /// <summary>Closes with RST, dropping what is queued.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
        socket.Dispose();
    }

    private async Task CopyAsync(ConnectionSide from, ReadOnlyMemory<byte> early, bool fromFinished)
    {
        var (source, sink) = from == ConnectionSide.Client ? (local, remote) : (remote, local);
        var broken = from == ConnectionSide.Client ? ConnectionSide.Target : ConnectionSide.Client;
        try
        {
            await SendAsync(sink, early);
            if (!early.IsEmpty) flow.Passed(from, early.Length);
            while (!fromFinished)
            {
                broken = from;
                // Waits with no buffer in hand: an idle connection costs none
                await source.ReceiveAsync(Memory<byte>.Empty);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                try
                {
                    var count = await source.ReceiveAsync(buffer.AsMemory(0, BufferSize));
                    broken = from == ConnectionSide.Client ? ConnectionSide.Target : ConnectionSide.Client;
                    await SendAsync(sink, buffer.AsMemory(0, count));
                    if (count > 0) flow.Passed(from, count);
                    fromFinished = count == 0;
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            flow.Ended(from, reset: false);
            sink.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            flow.Ended(broken, reset: true);
            Reset(source);
            Reset(sink);
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes)..];
    }
}
