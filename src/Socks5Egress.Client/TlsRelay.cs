using System.Buffers;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>
/// Carries bytes between a socket and TLS until both directions have ended. A FIN passes as close-notify and back; what ends without
/// one may have been cut on the way, and passes as a reset.
/// </summary>
internal static class TlsRelay
{
    /// <summary>The longest TLS record.</summary>
    private const int BufferSize = 16 * 1024;

    /// <param name="local">Our end of the pair.</param>
    /// <param name="tls">TLS over <paramref name="raw"/>, which it owns.</param>
    /// <param name="raw">The connection to the gateway.</param>
    public static async Task RunAsync(Socket local, SslStream tls, Socket raw)
    {
        await Task.WhenAll(UpAsync(local, tls, raw), DownAsync(tls, local, raw));
        await tls.DisposeAsync();
        local.Dispose();
    }

    private static async Task UpAsync(Socket local, SslStream tls, Socket raw)
    {
        try
        {
            await using var stream = new NetworkStream(local, ownsSocket: false);
            await CopyAsync(stream, tls);
            await tls.ShutdownAsync();
            raw.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            Reset(local, raw);
        }
    }

    private static async Task DownAsync(SslStream tls, Socket local, Socket raw)
    {
        try
        {
            await using var stream = new NetworkStream(local, ownsSocket: false);
            await CopyAsync(tls, stream);
            local.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            Reset(local, raw);
        }
    }

    private static async Task CopyAsync(Stream from, Stream to)
    {
        while (true)
        {
            // Waits with no buffer in hand: an idle connection costs none
            var none = await from.ReadAsync(Memory<byte>.Empty);
            Debug.Assert(none == 0, "no room, no bytes");
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                var count = await from.ReadAsync(buffer);
                if (count == 0) return;
                await to.WriteAsync(buffer.AsMemory(0, count));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static bool IsEnd(Exception fault) => fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException;

    private static void Reset(Socket local, Socket raw)
    {
        SocketRelay.Reset(local);
        SocketRelay.Reset(raw);
    }
}
