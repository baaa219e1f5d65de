using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>The bytes of RFC 1928 and RFC 1929, written here anew: the tests share no codec with the gateway.</summary>
internal static class Socks5
{
    public const byte NoAuthentication = 0x00;
    public const byte UserPassword = 0x02;
    public const byte ConnectCommand = 0x01;
    public const byte IPv4 = 0x01;
    public const byte Name = 0x03;
    public const byte IPv6 = 0x04;

    public static byte[] Greeting(params byte[] methods) => [5, (byte)methods.Length, .. methods];

    public static byte[] Login(string user, string password)
    {
        var name = Encoding.UTF8.GetBytes(user);
        var secret = Encoding.UTF8.GetBytes(password);
        return [1, (byte)name.Length, .. name, (byte)secret.Length, .. secret];
    }

    public static byte[] Connect(IPEndPoint target) =>
        Request(ConnectCommand, target.Address.GetAddressBytes() is { Length: 4 } ? IPv4 : IPv6, target.Address.GetAddressBytes(), target.Port);

    /// <summary>By name; one character a byte.</summary>
    public static byte[] Connect(string name, int port)
    {
        var bytes = Encoding.Latin1.GetBytes(name);
        return Request(ConnectCommand, Name, [(byte)bytes.Length, .. bytes], port);
    }

    public static byte[] Request(byte command, byte addressType, byte[] address, int port) =>
        [5, command, 0, addressType, .. address, (byte)(port >> 8), (byte)port];

    /// <summary>Reads one whole reply.</summary>
    public static async Task<Socks5Reply> ReadReplyAsync(RawConnection connection, TimeSpan? limit = null)
    {
        var head = await connection.ReceiveAsync(4, limit);
        if (head[0] != 5 || head[2] != 0) throw new InvalidDataException("No SOCKS5 reply: " + Convert.ToHexString(head));
        var length = head[3] switch
        {
            IPv4 => 4,
            IPv6 => 16,
            _ => throw new InvalidDataException("A reply with address type " + head[3]),
        };
        var rest = await connection.ReceiveAsync(length + 2, limit);
        var port = BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(length));
        return new Socks5Reply(head[1], new IPEndPoint(new IPAddress(rest.AsSpan(0, length)), port));
    }
}

/// <summary>REP and BND of a reply.</summary>
internal sealed record Socks5Reply(byte Code, IPEndPoint Bound);

/// <summary>The values of REP (RFC 1928 section 6).</summary>
internal static class ReplyCode
{
    public const byte Succeeded = 0;
    public const byte GeneralFailure = 1;
    public const byte NotAllowed = 2;
    public const byte NetworkUnreachable = 3;
    public const byte HostUnreachable = 4;
    public const byte Refused = 5;
    public const byte CommandNotSupported = 7;
    public const byte AddressTypeNotSupported = 8;
}
