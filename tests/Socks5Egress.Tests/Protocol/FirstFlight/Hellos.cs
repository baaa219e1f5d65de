using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Tests.Protocol.FirstFlight;

/// <summary>Makes the hellos of both sides of TLS by hand, so that a test can say what is odd about one.</summary>
internal static class Hellos
{
    public static readonly byte[] Grease = Extension(0x1A1A, []);

    /// <summary>A ClientHello message: header and body.</summary>
    public static byte[] Client(byte[][] extensions, ushort version = 0x0303, ushort[]? suites = null, byte[]? compressions = null) => Message(1,
    [
        .. Number(version), .. new byte[32], .. Vector8(new byte[32]), .. Vector16([.. (suites ?? [0x1A1A, 0x1301, 0xC02F, 0x00FF]).SelectMany(Number)]),
        .. Vector8(compressions ?? [0]), .. Vector16([.. extensions.SelectMany(each => each)]),
    ]);

    /// <summary>A ServerHello message; <paramref name="selected"/> is what the extension supported_versions says.</summary>
    public static byte[] Server(ushort version = 0x0303, ushort? selected = 0x0304, ushort suite = 0x1301) => Message(2,
    [
        .. Number(version), .. new byte[32], .. Vector8([]), .. Number(suite), 0, .. Vector16(selected is { } chosen ? Extension(43, Number(chosen)) : []),
    ]);

    public static byte[] Name(string name) => Extension(0, Vector16([0, .. Vector16(Encoding.Latin1.GetBytes(name))]));

    public static byte[] Protocols(params byte[][] names) => Extension(16, Vector16([.. names.SelectMany(Vector8)]));

    public static byte[] Extension(ushort type, byte[] data) => [.. Number(type), .. Vector16(data)];

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <summary>The message in records of at most so many bytes.</summary>
    public static byte[] Records(byte[] message, int most = 16 * 1024) =>
        [.. message.Chunk(most).SelectMany(piece => (byte[])[22, 3, 1, .. Number((ushort)piece.Length), .. piece])];

    /// <summary>The bytes in TDS packets of at most so many bytes each.</summary>
    public static byte[] Packets(byte[] bytes, int most = 4088, byte type = 0x12) =>
        [.. bytes.Chunk(most).SelectMany(piece => (byte[])[type, 1, .. Number((ushort)(piece.Length + 8)), 0, 0, 0, 0, .. piece])];

    public static byte[] Number(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Vector8(byte[] bytes) => [(byte)bytes.Length, .. bytes];

    public static byte[] Vector16(byte[] bytes) => [.. Number((ushort)bytes.Length), .. bytes];
}
