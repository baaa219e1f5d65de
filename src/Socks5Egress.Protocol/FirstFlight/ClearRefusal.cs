using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>Descriptions of TLS alerts (RFC 8446 section 6) that a gateway sends without a session of its own.</summary>
internal enum TlsAlert : byte
{
    /// <summary>The name is known, and the policy refuses it.</summary>
    AccessDenied = 49,

    /// <summary>What came is no hello.</summary>
    DecodeError = 50,

    /// <summary>The server cannot be reached, or does not speak TLS.</summary>
    InternalError = 80,

    /// <summary>There is no such name here (RFC 6066 section 3).</summary>
    UnrecognizedName = 112,
}

/// <summary>Refuses a session in the words of its own protocol, so that its client shows the sentence.</summary>
internal static class ClearRefusal
{
    // ER_SECURE_TRANSPORT_REQUIRED
    private const ushort MySqlNumber = 3159;

    // The number of messages that have none of their own
    private const int TdsNumber = 50000;

    /// <summary>Writes it; nothing for a protocol without words.</summary>
    /// <param name="output">Where it goes. The connection closes after it.</param>
    /// <param name="protocol">What the client speaks.</param>
    /// <param name="sentence">ASCII, without line breaks, at most 400 characters.</param>
    /// <param name="hasGreeting">MySQL: the client has seen a greeting, and this answers its first packet.</param>
    public static void Write(IBufferWriter<byte> output, ClearProtocol protocol, string sentence, bool hasGreeting = false)
    {
        switch (protocol)
        {
            case ClearProtocol.Postgres:
                WritePostgres(output, sentence);
                break;
            case ClearProtocol.MySql:
                WriteMySql(output, sentence, hasGreeting);
                break;
            case ClearProtocol.Tds:
                WriteTds(output, sentence);
                break;
            case ClearProtocol.Http:
                var length = (sentence.Length + 1).ToString(CultureInfo.InvariantCulture);
                Text(output, $"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{sentence}\n");
                break;
            case ClearProtocol.Redis or ClearProtocol.Pop3:
                Text(output, $"-ERR {sentence}\r\n");
                break;
            case ClearProtocol.Smtp:
                Text(output, $"554 5.7.0 {sentence}\r\n");
                break;
            case ClearProtocol.Imap:
                Text(output, $"* BYE {sentence}\r\n");
                break;
        }
    }

    /// <summary>Writes a fatal TLS alert: what a client understands before it has keys.</summary>
    public static void WriteAlert(IBufferWriter<byte> output, TlsAlert alert) => Bytes(output, [21, 3, 3, 0, 2, 2, (byte)alert]);

    /// <summary>ErrorResponse, FATAL, 28000 (invalid_authorization_specification).</summary>
    private static void WritePostgres(IBufferWriter<byte> output, string sentence)
    {
        var fields = Encoding.ASCII.GetBytes($"SFATAL\0VFATAL\0C28000\0M{sentence}\0\0");
        var head = output.GetSpan(5);
        head[0] = (byte)'E';
        BinaryPrimitives.WriteInt32BigEndian(head[1..], 4 + fields.Length);
        output.Advance(5);
        output.Write(fields);
    }

    // A client that has seen no greeting knows no SQLSTATE yet
    private static void WriteMySql(IBufferWriter<byte> output, string sentence, bool hasGreeting)
    {
        var words = Encoding.ASCII.GetBytes(hasGreeting ? "#HY000" + sentence : sentence);
        var head = output.GetSpan(7);
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)(3 + words.Length));
        head[3] = hasGreeting ? (byte)2 : (byte)0;
        head[4] = 0xFF;
        BinaryPrimitives.WriteUInt16LittleEndian(head[5..], MySqlNumber);
        output.Advance(7);
        output.Write(words);
    }

    /// <summary>A response with an ERROR token (MS-TDS section 2.2.7.10) of class 16 and a final DONE.</summary>
    private static void WriteTds(IBufferWriter<byte> output, string sentence)
    {
        const string server = "socks5egress";
        var error = new ArrayBufferWriter<byte>();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, TdsNumber);
        error.Write(number);
        Bytes(error, [1, 16]);
        Bytes(error, [(byte)sentence.Length, (byte)(sentence.Length >> 8)]);
        error.Write(Encoding.Unicode.GetBytes(sentence));
        Bytes(error, [(byte)server.Length]);
        error.Write(Encoding.Unicode.GetBytes(server));
        Bytes(error, [0, 0, 0, 0, 0]);
        ReadOnlySpan<byte> done = [0xFD, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var total = 8 + 3 + error.WrittenCount + done.Length;
        Bytes(output, [TdsPreLogin.ResponseType, 1, (byte)(total >> 8), (byte)total, 0, 0, 1, 0]);
        Bytes(output, [0xAA, (byte)error.WrittenCount, (byte)(error.WrittenCount >> 8)]);
        output.Write(error.WrittenSpan);
        output.Write(done);
    }

    private static void Bytes(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes) => output.Write(bytes);

    private static void Text(IBufferWriter<byte> output, string text) => output.Write(Encoding.ASCII.GetBytes(text));
}
