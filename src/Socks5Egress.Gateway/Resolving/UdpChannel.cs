using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// Datagrams from and to one server, by a socket of its own: the kernel gives it a port that is not to be guessed (RFC 5452 section 9.2), takes
/// nothing from any other address, and tells when nobody listens there.
/// </summary>
internal sealed class UdpChannel : LoopChannel, IDnsChannel
{
    private readonly DnsLoop _loop;
    private readonly IDnsReceiver _receiver;
    private bool _closed;

    private UdpChannel(DnsLoop loop, Socket socket, IDnsReceiver receiver) => (_loop, Socket, _receiver) = (loop, socket, receiver);

    public override Socket Socket { get; }

    public override bool WaitsToWrite => false;

    /// <inheritdoc cref="OpenDnsChannel"/>
    public static UdpChannel? Open(DnsLoop loop, IPEndPoint server, Func<nint, bool> mayHave, IDnsReceiver receiver)
    {
        if (LoopSockets.Open(server.AddressFamily, SocketType.Dgram, mayHave) is not { } socket) return null;
        var channel = new UdpChannel(loop, socket, receiver);
        loop.Add(channel);
        try
        {
            socket.Connect(server);
        }
        catch (SocketException)
        {
            // No way there; the query will fail
        }
        return channel;
    }

    public void Send(ReadOnlySpan<byte> query)
    {
        if (_closed) return;
        Socket.Send(query, SocketFlags.None, out var error);
        // The error of what was sent before, or of this
        if (error is not (SocketError.Success or SocketError.WouldBlock)) _receiver.Failed(this);
    }

    public override void OnReady()
    {
        var length = Socket.Receive(_loop.Buffer, SocketFlags.None, out var error);
        if (error == SocketError.Success) _receiver.Received(this, _loop.Buffer.AsMemory(0, length));
        else if (error != SocketError.WouldBlock) _receiver.Failed(this);
    }

    public override void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _loop.Remove(this);
    }
}
