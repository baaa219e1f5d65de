using System.Buffers;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Protocol.Detection;

/// <summary>What a client's first bytes say it speaks.</summary>
internal enum SniffedProtocol : byte
{
    /// <summary>Too few bytes to say; at most 21 are ever needed.</summary>
    NeedMore,

    /// <summary>Nothing that is served on a client port. A close is the only answer that fits.</summary>
    Unknown,

    /// <summary>SOCKS5 (RFC 1928).</summary>
    Socks5,

    /// <summary>SOCKS4 or 4a.</summary>
    Socks4,

    /// <summary>HTTP/1.x (RFC 9112).</summary>
    Http,
}

/// <summary>
/// Tells the protocols of a client port apart, without consuming anything.
/// <code>
/// 05 ...                              SOCKS5
/// 04 ...                              SOCKS4, 4a
/// method SP ...                       HTTP/1.x: token characters (RFC 9110 section 5.6.2) and a space, or more than any method has
/// CR LF ...                           HTTP/1.x: an empty line in front of a request (RFC 9112 section 2.2)
/// 16 03 ...                           TLS: not a token, Unknown
/// "SSH-2.0-..."                       SSH (RFC 4253 section 4.2): a banner without blanks looks like a method
/// "PRI * HTTP/2.0"                    HTTP/2 preface (RFC 9113 section 3.4): no request, PRI is a reserved method
/// </code>
/// </summary>
internal static class ProtocolSniffer
{
    private const int MaxMethodLength = RequestHead.MaxMethodLength;

    /// <summary>Looks at the first bytes of a connection.</summary>
    public static SniffedProtocol Sniff(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty) return SniffedProtocol.NeedMore;
        Span<byte> copy = stackalloc byte[MaxMethodLength + 1];
        copy = copy[..(int)Math.Min(buffer.Length, copy.Length)];
        buffer.Slice(0, copy.Length).CopyTo(copy);
        return copy[0] switch
        {
            0x05 => SniffedProtocol.Socks5,
            0x04 => SniffedProtocol.Socks4,
            _ => SniffText(copy),
        };
    }

    private static SniffedProtocol SniffText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("SSH-"u8)) return SniffedProtocol.Unknown;
        if (bytes[0] == '\r') return bytes.Length == 1 ? SniffedProtocol.NeedMore : bytes[1] == '\n' ? SniffedProtocol.Http : SniffedProtocol.Unknown;
        var length = bytes.IndexOfAnyExcept(CharacterSet.Token);
        // Too long for a method: HTTP has an answer for that (501), nobody else has one
        if (length < 0) return bytes.Length > MaxMethodLength ? SniffedProtocol.Http : SniffedProtocol.NeedMore;
        return length > 0 && bytes[length] == ' ' && !bytes[..length].SequenceEqual("PRI"u8)
            ? SniffedProtocol.Http
            : SniffedProtocol.Unknown;
    }
}
