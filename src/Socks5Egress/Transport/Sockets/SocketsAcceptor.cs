using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Sockets;

/// <summary>One listening socket of the .NET engine.</summary>
internal sealed class SocketsAcceptor(Socket listener, TimeProvider time) : IAcceptor
{
    public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)listener.LocalEndPoint!;

    public async ValueTask<Accepted> AcceptAsync(CancellationToken cancellation)
    {
        Socket? socket = null;
        try
        {
            // Cancelled means "no more than what already waits": see IAcceptor
            if (cancellation.IsCancellationRequested && !listener.Poll(0, SelectMode.SelectRead)) return Nothing;
            socket = await listener.AcceptAsync(cancellation.IsCancellationRequested ? default : cancellation);
            SocketOptions.Connection(socket);
            var leg = new SocketsLeg(socket, time);
            socket = null;
            return new Accepted(leg, SocketError.Success);
        }
        catch (SocketException exception)
        {
            return new Accepted(null, exception.SocketErrorCode);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
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

    private static Accepted Nothing => new(null, SocketError.OperationAborted);
}
