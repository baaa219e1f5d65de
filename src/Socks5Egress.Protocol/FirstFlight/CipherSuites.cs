using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>Which suites of TLS leave the payload in clear (the IANA registry "TLS Cipher Suites": those with NULL, and the integrity-only ones of RFC 9150).</summary>
internal static class CipherSuites
{
    // The suites that are no suites: renegotiation (RFC 5746) and fallback (RFC 7507)
    private const ushort Renegotiation = 0x00FF, Fallback = 0x5600;

    private static readonly HashSet<ushort> Clear =
    [
        0x0000, 0x0001, 0x0002, 0x002C, 0x002D, 0x002E, 0x003B, 0x00B0, 0x00B1, 0x00B4, 0x00B5, 0x00B8, 0x00B9,
        0xC001, 0xC006, 0xC00B, 0xC010, 0xC015, 0xC039, 0xC03A, 0xC03B, 0xC0B4, 0xC0B5,
    ];

    /// <summary>The suite encrypts.</summary>
    public static bool IsEncrypting(ushort suite) => !Clear.Contains(suite);

    /// <summary>A list of suites, two bytes each, has one that encrypts. GREASE (RFC 8701) is none.</summary>
    public static bool HasEncrypting(ReadOnlySpan<byte> suites)
    {
        for (var at = 0; at < suites.Length; at += 2)
        {
            var suite = BinaryPrimitives.ReadUInt16BigEndian(suites[at..]);
            var isGrease = (suite & 0x0F0F) == 0x0A0A && suite >> 8 == (suite & 0xFF);
            if (!isGrease && suite is not (Renegotiation or Fallback) && IsEncrypting(suite)) return true;
        }
        return false;
    }
}
