using System.Buffers.Binary;
using System.Net;
using MongoDB.Bson;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>
/// Stands in for MongoDB, which Debian does not have: answers the driver's hello and every other command with OK, and tells in
/// <c>you</c> where it sees the client. Only the wire protocol is real (OP_QUERY for the first hello, OP_MSG after it).
/// </summary>
internal static class MongoStandIn
{
    private const int Header = 16, OpReply = 1, OpQuery = 2004, OpMessage = 2013;

    public static RawTarget Start() => RawTarget.Start(ServeAsync);

    private static async Task ServeAsync(RawConnection peer)
    {
        while (true)
        {
            var head = await peer.ReceiveAsync(Header);
            var body = await peer.ReceiveAsync(BinaryPrimitives.ReadInt32LittleEndian(head) - Header);
            var id = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4));
            await peer.SendAsync(BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12)) switch
            {
                // Flags (8 bytes of cursor, 4 of start, 4 of count) stand before the document
                OpQuery => Message(id, OpReply, [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], Answer(peer.Remote)),
                OpMessage => Message(id, OpMessage, [0, 0, 0, 0, 0], Answer(peer.Remote)),
                var other => throw new InvalidOperationException($"The driver sent operation {other} with {body.Length} bytes"),
            });
        }
    }

    private static byte[] Answer(IPEndPoint client) => new BsonDocument
    {
        { "helloOk", true }, { "ismaster", true }, { "isWritablePrimary", true }, { "maxBsonObjectSize", 16 << 20 }, { "maxMessageSizeBytes", 48_000_000 },
        { "maxWriteBatchSize", 100_000 }, { "minWireVersion", 0 }, { "maxWireVersion", 21 }, { "you", client.Address.ToString() }, { "ok", 1.0 },
    }.ToBson();

    private static byte[] Message(int answerTo, int operation, byte[] before, byte[] document)
    {
        var message = new byte[Header + before.Length + document.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(8), answerTo);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), operation);
        before.CopyTo(message, Header);
        document.CopyTo(message, Header + before.Length);
        return message;
    }
}
