using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>
/// What the gateway leads to: one port that echoes, one that sends as many bytes of <see cref="Pattern"/> as it is asked for (eight bytes, big endian).
/// A process of its own (<c>target ADDRESS</c>), so that its descriptors and its time are not the generator's.
/// </summary>
internal static class TargetServer
{
    private const int Backlog = 4096;

    /// <summary>Serves until the end of standard input; says the two ports on standard output.</summary>
    public static async Task<int> RunAsync(IPAddress address)
    {
        using var echo = Listen(address);
        using var bulk = Listen(address);
        _ = AcceptAsync(echo, EchoAsync);
        _ = AcceptAsync(bulk, SendAsync);
        await Console.Out.WriteLineAsync($"{((IPEndPoint)echo.LocalEndPoint!).Port} {((IPEndPoint)bulk.LocalEndPoint!).Port}");
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Held open by whoever started it
        }
        return 0;
    }

    private static Socket Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(Backlog);
        return socket;
    }

    private static async Task AcceptAsync(Socket listener, Func<Socket, Task> serve)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket, serve);
        }
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve)
    {
        using (socket)
        {
            try
            {
                await serve(socket);
            }
            catch (SocketException)
            {
                // The client is gone; the generator counts it
            }
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        while (true)
        {
            // An idle connection holds no buffer
            await socket.ReceiveAsync(Memory<byte>.Empty);
            var buffer = ArrayPool<byte>.Shared.Rent(4096);
            try
            {
                var read = await socket.ReceiveAsync(buffer);
                if (read == 0) return;
                for (var sent = 0; sent < read;) sent += await socket.SendAsync(buffer.AsMemory(sent, read - sent));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async Task SendAsync(Socket socket)
    {
        var request = new byte[sizeof(long)];
        for (var got = 0; got < request.Length;)
        {
            var read = await socket.ReceiveAsync(request.AsMemory(got));
            if (read == 0) return;
            got += read;
        }
        var left = BinaryPrimitives.ReadInt64BigEndian(request);
        for (long at = 0; at < left;) at += await socket.SendAsync(Pattern.From(at, left - at));
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(request);
    }
}
