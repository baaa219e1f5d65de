using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>MongoDB's hello, which needs no login (MongoDB documentation, "Wire Protocol", OP_MSG).</summary>
internal static class MongoHello
{
    private const int HeaderLength = 16, OpMessage = 2013, LongestAnswer = 1 << 20;

    public static Task RunAsync(Steps steps, CheckTarget target, Stream stream) => steps.DoAsync("hello", async token =>
    {
        await stream.WriteAsync(Hello(), token);
        var head = await Bytes.ReadAsync(stream, HeaderLength, token);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12)) != OpMessage || length is <= HeaderLength or > LongestAnswer)
            return new Finding("no MongoDB", $"What answers at {target.Place} is no MongoDB: check host and port.");
        await Bytes.ReadAsync(stream, length - HeaderLength, token);
        return new Finding("MongoDB answers hello");
    });

    /// <summary><c>{ hello: 1, $db: "admin" }</c>.</summary>
    private static byte[] Hello()
    {
        byte[] hello = [0x10, .. "hello\0"u8, 1, 0, 0, 0];
        byte[] database = [0x02, .. "$db\0"u8, 6, 0, 0, 0, .. Encoding.ASCII.GetBytes("admin"), 0];
        var document = new byte[4 + hello.Length + database.Length + 1];
        BinaryPrimitives.WriteInt32LittleEndian(document, document.Length);
        hello.CopyTo(document, 4);
        database.CopyTo(document, 4 + hello.Length);

        // Behind the header: the flags, and a section of kind 0
        var message = new byte[HeaderLength + 5 + document.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), 1);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), OpMessage);
        document.CopyTo(message, HeaderLength + 5);
        return message;
    }
}
