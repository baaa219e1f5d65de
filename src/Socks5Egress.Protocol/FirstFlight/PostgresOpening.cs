using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>How a client of PostgreSQL begins ("Message Formats" in its documentation).</summary>
internal enum PostgresOpening : byte
{
    /// <summary>SSLRequest: the client asks for TLS.</summary>
    SslRequest,

    /// <summary>GSSENCRequest: it asks for encryption by GSSAPI.</summary>
    GssEncRequest,

    /// <summary>CancelRequest, with the key of another session.</summary>
    CancelRequest,

    /// <summary>A StartupMessage: the session begins without encryption.</summary>
    Startup,
}

/// <summary>Reads the beginning of a client of PostgreSQL: a length and a code, four bytes each.</summary>
internal static class PostgresOpenings
{
    /// <summary>The length of SSLRequest and GSSENCRequest.</summary>
    public const int RequestLength = 8;

    /// <summary>An SSLRequest.</summary>
    public static ReadOnlySpan<byte> SslRequestBytes => [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

    /// <summary>The server's answers to a request.</summary>
    public const byte Accepted = (byte)'S', AcceptedGss = (byte)'G', Refused = (byte)'N', Error = (byte)'E';

    private const int MaxStartup = 10_000, MaxCancel = 512;
    private const uint CodeOfCancel = 80877102, CodeOfSsl = 80877103, CodeOfGssEnc = 80877104;

    /// <summary>Looks at the first bytes of a client. Of StartupMessage and CancelRequest the first eight bytes are enough.</summary>
    public static ParseStatus TryRead(ReadOnlySpan<byte> bytes, out PostgresOpening opening)
    {
        opening = default;
        // No legal length is above 16 bits
        if ((bytes.Length > 0 && bytes[0] != 0) || (bytes.Length > 1 && bytes[1] != 0)) return ParseStatus.Invalid;
        if (bytes.Length < RequestLength) return ParseStatus.NeedMore;
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var code = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        PostgresOpening? found = (code, length) switch
        {
            (CodeOfSsl, RequestLength) => PostgresOpening.SslRequest,
            (CodeOfGssEnc, RequestLength) => PostgresOpening.GssEncRequest,
            (CodeOfCancel, >= 16 and <= MaxCancel) => PostgresOpening.CancelRequest,
            (_, > RequestLength and <= MaxStartup) when code >> 16 is 2 or 3 => PostgresOpening.Startup,
            _ => null,
        };
        opening = found ?? default;
        return found is null ? ParseStatus.Invalid : ParseStatus.Done;
    }
}
