using System.Buffers.Binary;

namespace Socks5Egress.Exec.SynVerdict;

/// <summary>Messages of nfnetlink_queue (linux/netfilter/nfnetlink_queue.h): packets that wait, and what becomes of them.</summary>
internal static class QueueMessage
{
    /// <summary>The length of a verdict.</summary>
    public const int VerdictLength = HeaderLength + NetfilterLength + AttributeLength + 8 + AttributeLength + 4;

    private const int HeaderLength = 16, NetfilterLength = 4, AttributeLength = 4;
    private const ushort Packet = 3 << 8, Verdict = 3 << 8 | 1;
    private const ushort PacketHeader = 1, VerdictHeader = 2, Mark = 3, Payload = 10;
    private const uint Drop = 0, Accept = 1;

    /// <summary>Reads the first message.</summary>
    /// <param name="bytes">One datagram of the socket, or what is left of it.</param>
    /// <param name="id">The packet's number in the queue.</param>
    /// <param name="payload">The packet from its IP header, or empty.</param>
    /// <returns>The message's length with its padding; 0 when nothing whole is left. The payload is empty for another kind of message.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out uint id, out ReadOnlySpan<byte> payload)
    {
        id = 0;
        payload = default;
        if (bytes.Length < HeaderLength) return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length < HeaderLength || length > bytes.Length) return 0;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) == Packet) ReadPacket(bytes[..length], ref id, ref payload);
        return Math.Min(bytes.Length, Padded(length));
    }

    /// <summary>Writes a verdict.</summary>
    public static void Write(Span<byte> bytes, uint id, SynMark mark)
    {
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, VerdictLength);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Verdict);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], 1); // NLM_F_REQUEST
        var header = bytes[(HeaderLength + NetfilterLength)..];
        WriteAttribute(header, VerdictHeader, 8);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], mark == SynMark.Silence ? Drop : Accept);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], id);
        WriteAttribute(header[12..], Mark, 4);
        BinaryPrimitives.WriteInt32BigEndian(header[16..], mark == SynMark.Silence ? 0 : (int)mark);
    }

    private static void ReadPacket(ReadOnlySpan<byte> message, ref uint id, ref ReadOnlySpan<byte> payload)
    {
        for (var at = HeaderLength + NetfilterLength; at + AttributeLength <= message.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(message[at..]);
            if (length < AttributeLength || at + length > message.Length) return;
            var value = message.Slice(at + AttributeLength, length - AttributeLength);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(message[(at + 2)..]) & 0x3fff;
            if (type == PacketHeader && value.Length >= 4) id = BinaryPrimitives.ReadUInt32BigEndian(value);
            if (type == Payload) payload = value;
            at += Padded(length);
        }
    }

    private static void WriteAttribute(Span<byte> bytes, ushort type, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(AttributeLength + length));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], type);
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
