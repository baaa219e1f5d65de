using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A DNS server (RFC 1035) with one IPv4 address for every name, which can change, and a TTL of one second.</summary>
internal sealed class NameServer : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private volatile IPAddress _address;
    private int _asked;

    public NameServer(IPAddress address)
    {
        _address = address;
        _ = AnswerAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>What every name has from now on.</summary>
    public IPAddress Address
    {
        set => _address = value;
    }

    /// <summary>What the questions for an IPv4 address get from now on, by their number from 0 on; null: SERVFAIL.</summary>
    public Func<int, IPAddress?>? Script { private get; set; }

    /// <summary>Questions for an IPv4 address so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync();
                await _socket.SendAsync(Answer(query.Buffer), query.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed
        }
    }

    /// <summary>The question again, and behind it one A record when it asked for one; no record of another type.</summary>
    private byte[] Answer(byte[] query)
    {
        var end = 12;
        while (query[end] != 0) end += query[end] + 1;
        end += 5;
        var wantsA = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(end - 4)) == 1;
        var address = wantsA && Script is { } script ? script(_asked) : _address;
        if (wantsA) Interlocked.Increment(ref _asked);
        var fails = address is null;
        wantsA &= !fails;
        byte[] answer = [.. query[..end], .. wantsA ? (byte[])[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, .. address!.GetAddressBytes()] : []];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)(fails ? 0x8182 : 0x8180));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)(wantsA ? 1 : 0));
        answer.AsSpan(8, 4).Clear();
        return answer;
    }
}
