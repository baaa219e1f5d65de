using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>What a ServerHello says (RFC 8446 section 4.1.3); a HelloRetryRequest is one, too.</summary>
/// <param name="Version">The version that both sides speak from here on, such as <c>1.3</c>.</param>
/// <param name="IsEncrypting">The suite that was chosen encrypts: some of TLS only prove who sends.</param>
internal readonly record struct ServerHello(string Version, bool IsEncrypting)
{
    private const ushort SupportedVersions = 43;

    /// <summary>Reads the body of the message, without its header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out ServerHello hello)
    {
        hello = default;
        if (body.Length < 34) return false;
        var version = BinaryPrimitives.ReadUInt16BigEndian(body);
        var reader = new TlsVector(body[34..]);
        if (!reader.TryVector8(out _) || !reader.TryNumber16(out var suite) || !reader.TryNumber8(out _)) return false;
        if (!reader.IsAtEnd)
        {
            if (!reader.TryVector16(out var extensions) || !reader.IsAtEnd || !TryFindVersion(new TlsVector(extensions), ref version)) return false;
        }
        if (version is < 0x0301 or > 0x0304) return false;
        hello = new ServerHello($"1.{(version & 0xFF) - 1}", CipherSuites.IsEncrypting(suite));
        return true;
    }

    private static bool TryFindVersion(TlsVector reader, ref ushort version)
    {
        while (!reader.IsAtEnd)
        {
            if (!reader.TryNumber16(out var type) || !reader.TryVector16(out var data)) return false;
            if (type != SupportedVersions) continue;
            if (data.Length != 2) return false;
            version = BinaryPrimitives.ReadUInt16BigEndian(data);
        }
        return true;
    }
}
