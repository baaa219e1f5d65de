using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Benchmarks;

/// <summary>The least that a relay on .NET sockets can be: a buffer and a loop for each direction, no time-outs, no counts.</summary>
internal static class BareRelay
{
    private const int BufferLength = 64 * 1024;

    public static async Task ServeAsync(Socket listener, IPEndPoint target, CancellationToken stop)
    {
        using var socket = listener;
        try
        {
            while (true) _ = JoinAsync(await socket.AcceptAsync(stop), target);
        }
        catch (OperationCanceledException)
        {
            // The benchmark is over
        }
    }

    private static async Task JoinAsync(Socket client, IPEndPoint target)
    {
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.NoDelay = far.NoDelay = true;
        await far.ConnectAsync(target);
        await Task.WhenAll(CopyAsync(near, far), CopyAsync(far, near));
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferLength];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0) await to.SendAsync(buffer.AsMemory(0, count));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            to.Close(0);
        }
    }
}
