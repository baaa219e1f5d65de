using System.Buffers;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Carries bytes between two sockets until both directions have ended. A FIN passes as FIN, a reset as a reset.</summary>
internal static class SocketRelay
{
    private const int BufferSize = 64 * 1024;

    /// <param name="local">The client's connection.</param>
    /// <param name="remote">The connection through the gateway.</param>
    /// <param name="early">What the client has sent already.</param>
    /// <param name="localFinished">Whether the client has sent FIN already.</param>
    /// <param name="abort">Resets both.</param>
    public static async Task RunAsync(
        Socket local, Socket remote, ReadOnlyMemory<byte> early, bool localFinished, CancellationToken abort)
    {
        await using var registration = abort.Register(() => { Reset(local); Reset(remote); });
        await Task.WhenAll(
            CopyAsync(local, remote, early, localFinished),
            CopyAsync(remote, local, ReadOnlyMemory<byte>.Empty, fromFinished: false));
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

    private static async Task CopyAsync(Socket from, Socket to, ReadOnlyMemory<byte> early, bool fromFinished)
    {
        try
        {
            await SendAsync(to, early);
            if (!fromFinished)
            {
                while (await CopySomeAsync(from, to))
                {
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Reset(from);
            Reset(to);
        }
    }

    private static async Task<bool> CopySomeAsync(Socket from, Socket to)
    {
        // Waits with no buffer in hand: an idle connection costs none
        await from.ReceiveAsync(Memory<byte>.Empty);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var count = await from.ReceiveAsync(buffer.AsMemory(0, BufferSize));
            await SendAsync(to, buffer.AsMemory(0, count));
            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes)..];
    }
}
