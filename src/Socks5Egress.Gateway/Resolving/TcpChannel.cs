using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>One query and its answer by a connection (RFC 1035 section 4.2.2, RFC 7766): each behind two bytes of length.</summary>
internal sealed class TcpChannel : LoopChannel, IDnsChannel
{
    private const int PrefixLength = 2;

    private readonly DnsLoop _loop;
    private readonly IDnsReceiver _receiver;
    private byte[] _query = [];
    private byte[] _answer = new byte[PrefixLength];
    private int _received;
    private bool _connected, _sent, _closed;

    private TcpChannel(DnsLoop loop, Socket socket, IDnsReceiver receiver) => (_loop, Socket, _receiver) = (loop, socket, receiver);

    public override Socket Socket { get; }

    public override bool WaitsToWrite => !_sent;

    /// <inheritdoc cref="OpenDnsChannel"/>
    public static TcpChannel? Open(DnsLoop loop, IPEndPoint server, Func<nint, bool> mayHave, IDnsReceiver receiver)
    {
        if (LoopSockets.Open(server.AddressFamily, SocketType.Stream, mayHave) is not { } socket) return null;
        var channel = new TcpChannel(loop, socket, receiver);
        loop.Add(channel);
        try
        {
            socket.NoDelay = true;
            socket.Connect(server);
        }
        catch (SocketException)
        {
            // Under way, or failed: the socket says which once it is ready
        }
        return channel;
    }

    /// <summary>Once. It goes out when the connection is made.</summary>
    public void Send(ReadOnlySpan<byte> query)
    {
        if (_query.Length > 0) return;
        _query = new byte[PrefixLength + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(_query, (ushort)query.Length);
        query.CopyTo(_query.AsSpan(PrefixLength));
    }

    public override void OnReady()
    {
        if (!(_sent ? TryReceive() : TrySend()) && !_closed) _receiver.Failed(this);
    }

    public override void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _loop.Remove(this);
    }

    private bool TrySend()
    {
        if (!_connected && Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0) return false;
        _connected = true;
        var sent = Socket.Send(_query, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return true;
        // The first bytes of a connection always fit
        return _sent = error == SocketError.Success && sent == _query.Length;
    }

    private bool TryReceive()
    {
        var count = Socket.Receive(_answer.AsSpan(_received), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return true;
        if (error != SocketError.Success || count == 0) return false;
        _received += count;
        if (_received < _answer.Length) return true;
        if (_answer.Length == PrefixLength)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(_answer);
            if (length == 0) return false;
            Array.Resize(ref _answer, PrefixLength + length);
            return true;
        }
        _receiver.Received(this, _answer.AsMemory(PrefixLength));
        // One answer is all there is
        return true;
    }
}
