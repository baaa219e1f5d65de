using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>The server's first packet of MySQL and MariaDB ("Protocol::HandshakeV10").</summary>
/// <param name="HasTls">The server has the capability CLIENT_SSL.</param>
/// <param name="IsError">It is an error instead, such as "Host is not allowed to connect".</param>
/// <param name="Length">Its bytes, with the header of the packet.</param>
internal readonly record struct MySqlGreeting(bool HasTls, bool IsError, int Length)
{
    /// <summary>The longest greeting that is read.</summary>
    public const int MaxLength = 1024;

    /// <summary>Reads one from the front of these bytes.</summary>
    public static ParseStatus TryRead(ReadOnlySpan<byte> bytes, out MySqlGreeting greeting)
    {
        const int threadAndAuthentication = 4 + 8 + 1;
        greeting = default;
        if (bytes.Length > 1 && bytes[1] > MaxLength >> 8) return ParseStatus.Invalid;
        if ((bytes.Length > 2 && bytes[2] != 0) || (bytes.Length > 3 && bytes[3] != 0)) return ParseStatus.Invalid;
        if (bytes.Length > MySqlOpenings.Header && bytes[MySqlOpenings.Header] is not (10 or 0xFF)) return ParseStatus.Invalid;
        if (bytes.Length <= MySqlOpenings.Header) return ParseStatus.NeedMore;
        var length = MySqlOpenings.Header + BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (bytes.Length < length) return ParseStatus.NeedMore;
        if (bytes[MySqlOpenings.Header] == 0xFF)
        {
            greeting = new MySqlGreeting(false, true, length);
            return ParseStatus.Done;
        }
        var packet = bytes[(MySqlOpenings.Header + 1)..length];
        var capabilities = packet.IndexOf((byte)0) + 1 + threadAndAuthentication;
        if (capabilities <= threadAndAuthentication || packet.Length < capabilities + 2) return ParseStatus.Invalid;
        greeting = new MySqlGreeting((BinaryPrimitives.ReadUInt16LittleEndian(packet[capabilities..]) & MySqlOpenings.ClientSsl) != 0, false, length);
        return ParseStatus.Done;
    }
}

/// <summary>How a client of MySQL answers the greeting.</summary>
internal static class MySqlOpenings
{
    internal const int Header = 4;
    internal const ushort ClientSsl = 0x0800;
    private const int SslRequestPayload = 32;

    /// <summary>The bytes of an SSLRequest; a ClientHello follows at once.</summary>
    public const int SslRequestLength = Header + SslRequestPayload;

    /// <summary>Tells an SSLRequest ("Protocol::SSLRequest") from an answer that logs in in clear.</summary>
    /// <returns><see cref="ParseStatus.Done"/> for a whole SSLRequest, <see cref="ParseStatus.Invalid"/> for everything else.</returns>
    public static ParseStatus TryReadSslRequest(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> header = [SslRequestPayload, 0, 0, 1];
        var known = Math.Min(bytes.Length, header.Length);
        if (!bytes[..known].SequenceEqual(header[..known])) return ParseStatus.Invalid;
        if (bytes.Length < Header + 2) return ParseStatus.NeedMore;
        if ((BinaryPrimitives.ReadUInt16LittleEndian(bytes[Header..]) & ClientSsl) == 0) return ParseStatus.Invalid;
        return bytes.Length < SslRequestLength ? ParseStatus.NeedMore : ParseStatus.Done;
    }
}
