using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Sockets;

/// <summary>One listening socket of the .NET engine.</summary>
internal sealed class SocketsAcceptor(Socket listener, DescriptorReserve reserve, TimeProvider time) : IAcceptor
{
    // Connections that wait are accepted at once, and each begins its session on this thread: then the others of the thread have their turn
    private const int AcceptsInARow = 16;

    private bool _full;
    private int _inARow;

    public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)listener.LocalEndPoint!;

    public async ValueTask<Accepted> AcceptAsync(CancellationToken cancellation)
    {
        if (++_inARow > AcceptsInARow)
        {
            _inARow = 0;
            await default(PoolTurn);
        }
        Socket? socket = null;
        try
        {
            if (_full && !HasRoom()) return new Accepted(null, SocketError.TooManyOpenSockets);
            socket = await NextAsync(cancellation);
            if (socket is null) return Nothing;
            _full = !reserve.LeavesRoom(socket.Handle);
            SocketOptions.Connection(socket);
            var leg = new SocketsLeg(socket, time);
            socket = null;
            return new Accepted(leg, SocketError.Success);
        }
        catch (SocketException exception)
        {
            return new Accepted(null, exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return Nothing;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return default;
    }

    /// <summary>The next connection; once cancelled, the next one that already waits, or null: see <see cref="IAcceptor"/>.</summary>
    private async ValueTask<Socket?> NextAsync(CancellationToken cancellation)
    {
        try
        {
            if (!cancellation.IsCancellationRequested) return await listener.AcceptAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Its queue need not be empty: connections may have come at the same moment
        }
        return listener.Poll(0, SelectMode.SelectRead) ? await listener.AcceptAsync(CancellationToken.None) : null;
    }

    private bool HasRoom()
    {
        using var probe = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return reserve.LeavesRoom(probe.Handle);
    }

    private static Accepted Nothing => new(null, SocketError.OperationAborted);
}
