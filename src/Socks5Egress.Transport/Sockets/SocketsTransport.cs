using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport.Sockets;

/// <summary>The .NET socket engine, on every operating system: pipes by Pipelines.Sockets.Unofficial.</summary>
internal sealed class SocketsTransport(DescriptorReserve reserve, TimeProvider time) : ITransport
{
    private const int Backlog = 4096;

    public string Name => "sockets";

    public IAcceptor Listen(IPEndPoint endpoint)
    {
        var socket = reserve.Admit(new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new SocketsAcceptor(socket, reserve, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask<Connected> ConnectAsync(IPEndPoint remote, IPAddress? source, ILeg? beside, CancellationToken cancellation)
    {
        Socket? socket = null;
        try
        {
            socket = reserve.Admit(new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
            SocketOptions.Connection(socket);
            if (source is not null) SocketOptions.Source(socket, source);
            if (await TryConnectAsync(socket, remote, cancellation) is var error and not SocketError.Success)
                return new Connected(null, ConnectFailure.Of(error, remote, source));
            var leg = new SocketsLeg(socket, time);
            socket = null;
            return new Connected(leg, SocketError.Success);
        }
        catch (SocketException exception)
        {
            return new Connected(null, exception.SocketErrorCode);
        }
        catch (OperationCanceledException)
        {
            return new Connected(null, SocketError.OperationAborted);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    public ValueTask DisposeAsync() => default;

    private static async ValueTask<SocketError> TryConnectAsync(Socket socket, IPEndPoint remote, CancellationToken cancellation)
    {
        try
        {
            await socket.ConnectAsync(remote, cancellation);
            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}
