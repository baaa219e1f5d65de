using System.Buffers;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Carries bytes between two sockets until both directions have ended. A FIN passes as FIN, a reset as a reset.</summary>
internal sealed class SocketRelay(Socket local, Socket remote, ConnectionFlow flow)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>After a full read: bulk needs fewer calls and wake-ups a byte.</summary>
    private const int BulkBufferSize = 512 * 1024;
    private const int SolTcp = 6;
    private const int TcpInfo = 11;
    private const byte TcpClose = 7;

    private volatile bool _sendsToLocal, _sendsToRemote;

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
            await PassAsync(from, sink, early);
            var isBulk = false;
            while (!fromFinished)
            {
                broken = from;
                // Waits with no buffer in hand: an idle connection costs none
                await source.ReceiveAsync(Memory<byte>.Empty);
                var size = isBulk ? BulkBufferSize : BufferSize;
                var buffer = ArrayPool<byte>.Shared.Rent(size);
                try
                {
                    var count = await source.ReceiveAsync(buffer.AsMemory(0, size));
                    if (count == 0 && HidesReset(from, source)) throw new SocketException((int)SocketError.ConnectionReset);
                    broken = from == ConnectionSide.Client ? ConnectionSide.Target : ConnectionSide.Client;
                    await PassAsync(from, sink, buffer.AsMemory(0, count));
                    fromFinished = count == 0;
                    isBulk = count >= BufferSize;
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

    private async Task PassAsync(ConnectionSide from, Socket to, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        // Said first: the answer may be carried back before this goes on, and must come behind it
        flow.Passed(from, bytes.Length);
        SetSends(from, true);
        while (!bytes.IsEmpty) bytes = bytes[await to.SendAsync(bytes)..];
        SetSends(from, false);
    }

    private void SetSends(ConnectionSide from, bool sends)
    {
        if (from == ConnectionSide.Client) _sendsToRemote = sends;
        else _sendsToLocal = sends;
    }

    /// <summary>
    /// Whether the end read from <paramref name="source"/> is a reset. The kernel tells an error once: when a send to that socket has taken
    /// it, a receive behind it finds what looks like a FIN. Linux only, where the state says CLOSE (the first byte of tcp_info).
    /// </summary>
    private bool HidesReset(ConnectionSide from, Socket source)
    {
        if (!(from == ConnectionSide.Client ? _sendsToLocal : _sendsToRemote) || !OperatingSystem.IsLinux() || source.AddressFamily == AddressFamily.Unix) return false;
        Span<byte> state = stackalloc byte[1];
        return source.GetRawSocketOption(SolTcp, TcpInfo, state) == 1 && state[0] == TcpClose;
    }
}
