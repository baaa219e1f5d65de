using System.Text;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>A ClientHello of TLS 1.3 by hand, in one record; enough for who only looks at it.</summary>
internal static class RawHello
{
    public static byte[] Of(string name)
    {
        byte[] host = [0, .. Vector16(Encoding.ASCII.GetBytes(name))];
        byte[] extensions = [0, 0, .. Vector16(Vector16(host)), 0, 43, 0, 3, 2, 3, 4];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 0x01, 1, 0, .. Vector16(extensions)];
        byte[] message = [1, 0, .. Vector16(body)];
        return [22, 3, 1, .. Vector16(message)];
    }

    /// <summary>A ServerHello that selects TLS 1.3.</summary>
    public static byte[] Answer { get; } =
        [22, 3, 3, .. Vector16([2, 0, .. Vector16([3, 3, .. new byte[32], 0, 0x13, 0x01, 0, .. Vector16([0, 43, 0, 2, 3, 4])])])];

    private static byte[] Vector16(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
}
