using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>
/// A name server for which the first label of a name says how it answers. An honest answer is 127.0.0.1 and no IPv6 address; names that begin with
/// <c>dead</c> are never answered. Truncated answers can be had over TCP.
/// </summary>
internal sealed class HostileNameServer : IAsyncDisposable
{
    public static readonly string[] Forged = ["wrong-id", "other-port", "other-question", "unrelated"];
    public static readonly string[] Malformed = ["cut", "empty", "loop", "long-record", "no-question", "servfail"];
    public static readonly string[] Sound = ["honest", "xn--zz", "no-aaaa", "truncated", "alias"];

    private const int HeaderLength = 12;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _running;
    private int _unanswered;

    /// <param name="port">Where it answers; one that is free by default.</param>
    public HostileNameServer(int port = 0)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(16);
        _socket.Bind(_listener.LocalEndPoint!);
        _other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _running = Task.WhenAll(DatagramsAsync(), ConnectionsAsync());
    }

    /// <summary>Questions that were left without an answer so far.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    public string Address => _socket.LocalEndPoint!.ToString()!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _other.Dispose();
        _listener.Dispose();
        await _running;
    }

    private async Task DatagramsAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var got = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                var (socket, answer) = Answer(buffer[..QuestionEnd(buffer)]);
                if (answer is not null) await socket.SendToAsync(answer, got.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over
        }
    }

    private async Task ConnectionsAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptAsync();
                await using var stream = new NetworkStream(connection);
                var length = new byte[2];
                await stream.ReadExactlyAsync(length);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query);
                var answer = Honest(query[..QuestionEnd(query)]);
                await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer]);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over
        }
    }

    private (Socket Socket, byte[]? Answer) Answer(byte[] question)
    {
        var honest = Honest(question);
        var label = Encoding.ASCII.GetString(question, HeaderLength + 1, question[HeaderLength]);
        if (label.StartsWith("dead", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _unanswered);
            return (_socket, null);
        }
        return (label == "other-port" ? _other : _socket, label switch
        {
            "wrong-id" => [(byte)(honest[0] ^ 1), .. honest[1..]],
            "other-question" => [.. honest[..(HeaderLength + 1)], (byte)'x', .. honest[(HeaderLength + 2)..]],
            "unrelated" => Response(question, [5, .. "other"u8, 0], 1, [127, 0, 0, 1]),
            "cut" => honest[..7],
            "empty" => [],
            "loop" => Response(question, [0xC0, (byte)question.Length], 1, [127, 0, 0, 1]),
            "long-record" => Response(question, [0xC0, HeaderLength], 1, [127, 0, 0, 1, 9]),
            "no-question" => [.. honest[..4], 0, 0, 0, 0, 0, 0, 0, 0],
            "servfail" => [.. honest[..3], 0x82, .. honest[4..6], 0, 0, .. honest[8..question.Length]],
            "no-aaaa" when !IsIPv4(question) => null,
            "truncated" => [honest[0], honest[1], 0x83, .. honest[3..6], 0, 0, .. honest[8..question.Length]],
            "alias" when IsIPv4(question) => Alias(question),
            _ => honest,
        });
    }

    private static byte[] Honest(byte[] question) => IsIPv4(question) ? Response(question, [0xC0, HeaderLength], 1, [127, 0, 0, 1]) : Head(question, 0);

    private static byte[] Alias(byte[] question)
    {
        var response = Response(question, [0xC0, HeaderLength], 5, [4, .. "real"u8, 0]);
        response[7] = 2;
        return [.. response, 4, .. "real"u8, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1];
    }

    private static byte[] Response(byte[] question, byte[] owner, byte type, byte[] data) =>
        [.. Head(question, 1), .. owner, 0, type, 0, 1, 0, 0, 0, 1, 0, (byte)data.Length, .. data];

    private static byte[] Head(byte[] question, byte answers) => [question[0], question[1], 0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0, .. question[HeaderLength..]];

    private static bool IsIPv4(byte[] question) => question[^3] == 1;

    private static int QuestionEnd(byte[] message)
    {
        var at = HeaderLength;
        while (message[at] != 0) at += message[at] + 1;
        return at + 5;
    }
}
