using System.Buffers.Binary;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>SQL Server's PRELOGIN, which needs no login, and what it says of encryption (MS-TDS section 2.2.6.5).</summary>
internal static class SqlServerHello
{
    private const byte Prelogin = 0x12, Response = 0x04, EndOfMessage = 0x01, VersionToken = 0x00, EncryptionToken = 0x01, Terminator = 0xff;
    private const int HeaderLength = 8, TokenLength = 5, LongestAnswer = 4096;

    public static Task RunAsync(Steps steps, CheckTarget target, Stream stream) => steps.DoAsync("hello", async token =>
    {
        await stream.WriteAsync(Question(), token);
        var head = await Bytes.ReadAsync(stream, HeaderLength, token);
        var length = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2));
        if (head[0] != Response || length is <= HeaderLength or > LongestAnswer)
            return new Finding("no SQL Server", $"What answers at {target.Place} is no SQL Server: check host and port.");
        return new Finding("SQL Server, " + Encryption(await Bytes.ReadAsync(stream, length - HeaderLength, token)));
    });

    private static byte[] Question()
    {
        // Two tokens, the terminator, then what they point at: a version of no meaning, and "encryption is there"
        const int Data = (2 * TokenLength) + 1, VersionLength = 6;
        byte[] body = [VersionToken, 0, Data, 0, VersionLength, EncryptionToken, 0, Data + VersionLength, 0, 1, Terminator, 0, 0, 0, 0, 0, 0, 0];
        return [Prelogin, EndOfMessage, 0, (byte)(HeaderLength + body.Length), 0, 0, 1, 0, .. body];
    }

    private static string Encryption(ReadOnlySpan<byte> body)
    {
        for (var at = 0; at + TokenLength <= body.Length && body[at] != Terminator; at += TokenLength)
        {
            var data = BinaryPrimitives.ReadUInt16BigEndian(body[(at + 1)..]);
            if (body[at] == EncryptionToken && data < body.Length)
                return body[data] switch { 0 => "TLS for the login", 1 => "TLS offered", 3 => "TLS required", _ => "no TLS" };
        }

        return "says nothing of TLS";
    }
}
