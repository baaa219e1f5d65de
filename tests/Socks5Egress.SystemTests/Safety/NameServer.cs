using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>A name server that answers as a test says: addresses for the n-th question about IPv4, nothing for IPv6; or never.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderLength = 12;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Func<int, IPAddress[]?> _answers;
    private readonly Task _running;
    private int _asked;

    /// <param name="answers">The addresses of the n-th answer, from 1; null for no answer at all.</param>
    public NameServer(Func<int, IPAddress[]?> answers)
    {
        _answers = answers;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _running = RunAsync();
    }

    public string Address => _socket.LocalEndPoint!.ToString()!;

    /// <summary>Questions about IPv4 addresses so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _running;
    }

    private async Task RunAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var got = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                var question = buffer.AsMemory(0, QuestionEnd(buffer));
                var isIPv4 = BinaryPrimitives.ReadUInt16BigEndian(question.Span[^4..]) == 1;
                var addresses = isIPv4 ? _answers(Interlocked.Increment(ref _asked)) : [];
                if (addresses is not null) await _socket.SendToAsync(Response(question.Span, addresses), got.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over
        }
    }

    private static int QuestionEnd(byte[] message)
    {
        var at = HeaderLength;
        while (message[at] != 0) at += message[at] + 1;
        return at + 5;
    }

    // RFC 1035 section 4: the question again, then A records (a pointer to the name, type, class, TTL 0, length, address)
    private static byte[] Response(ReadOnlySpan<byte> question, IPAddress[] addresses)
    {
        List<byte> bytes = [.. question];
        (bytes[2], bytes[3]) = (0x81, 0x80);
        (bytes[6], bytes[7]) = (0, (byte)addresses.Length);
        for (var i = 8; i < HeaderLength; i++) bytes[i] = 0;
        foreach (var address in addresses) bytes.AddRange([0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, .. address.GetAddressBytes()]);
        return [.. bytes];
    }
}
