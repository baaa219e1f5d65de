using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>What a ClientHello says in clear (RFC 8446 section 4.1.2). With Encrypted Client Hello it is the outer one, whose name is that of the relay.</summary>
/// <param name="Sni">The host name (RFC 6066 section 3), one character a byte, unchecked; null without one.</param>
/// <param name="Alpn">The protocols offered (RFC 7301), joined by commas; empty without any. Values that are no visible text, GREASE among them, are left out.</param>
/// <param name="IsOuter">It has the extension encrypted_client_hello.</param>
internal readonly record struct ClientHello(string? Sni, string Alpn, bool IsOuter)
{
    private const ushort ServerName = 0, ApplicationProtocols = 16, EncryptedClientHello = 0xFE0D;
    private const int MaxExtensions = 256;

    /// <summary>Reads the body of the message, without its header.</summary>
    /// <returns>False when it is malformed: a length that leads outside, an extension or a name that comes twice, bytes after its end, SSL 3.0.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = new ClientHello(null, "", false);
        if (body.Length < 34 || body[0] != 3 || body[1] == 0) return false;
        var reader = new TlsVector(body[34..]);
        if (!reader.TryVector8(out var session) || session.Length > 32) return false;
        if (!reader.TryVector16(out var suites) || suites.Length < 2 || suites.Length % 2 != 0 || !CipherSuites.HasEncrypting(suites)) return false;
        if (!reader.TryVector8(out var compressions) || compressions.IsEmpty) return false;
        // A hello of TLS 1.2 may have no extensions
        if (reader.IsAtEnd) return true;
        return reader.TryVector16(out var extensions) && reader.IsAtEnd && TryReadExtensions(new TlsVector(extensions), ref hello);
    }

    private static bool TryReadExtensions(TlsVector reader, ref ClientHello hello)
    {
        Span<ushort> seen = stackalloc ushort[MaxExtensions];
        for (var count = 0; !reader.IsAtEnd; count++)
        {
            if (count == MaxExtensions || !reader.TryNumber16(out var type) || !reader.TryVector16(out var data) || seen[..count].Contains(type)) return false;
            seen[count] = type;
            var isRead = type switch
            {
                ServerName => TryReadName(data, ref hello),
                ApplicationProtocols => TryReadProtocols(data, ref hello),
                _ => true,
            };
            if (!isRead) return false;
            if (type == EncryptedClientHello) hello = hello with { IsOuter = true };
        }
        return true;
    }

    private static bool TryReadName(ReadOnlySpan<byte> data, ref ClientHello hello)
    {
        const byte hostName = 0;
        if (!new TlsVector(data).TryOnlyVector16(out var list) || list.IsEmpty) return false;
        var reader = new TlsVector(list);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryNumber8(out var type) || !reader.TryVector16(out var name) || name.IsEmpty) return false;
            if (type != hostName) continue;
            if (hello.Sni is not null || name.Length > 255) return false;
            hello = hello with { Sni = Encoding.Latin1.GetString(name) };
        }
        return true;
    }

    private static bool TryReadProtocols(ReadOnlySpan<byte> data, ref ClientHello hello)
    {
        if (!new TlsVector(data).TryOnlyVector16(out var list) || list.IsEmpty) return false;
        var reader = new TlsVector(list);
        var names = new StringBuilder();
        while (!reader.IsAtEnd)
        {
            if (!reader.TryVector8(out var name) || name.IsEmpty) return false;
            if (name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) || name.Contains((byte)',') || names.Length + name.Length > 255) continue;
            if (names.Length > 0) names.Append(',');
            names.Append(Encoding.ASCII.GetString(name));
        }
        hello = hello with { Alpn = names.ToString() };
        return true;
    }
}
