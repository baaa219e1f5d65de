using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>What a side of TDS says about encryption (MS-TDS section 2.2.6.5, option ENCRYPTION).</summary>
internal enum TdsEncryption : byte
{
    /// <summary>Only the login would be encrypted.</summary>
    Off = 0,

    /// <summary>The whole session is.</summary>
    On = 1,

    /// <summary>Nothing can be.</summary>
    NotSupported = 2,

    /// <summary>The whole session has to be.</summary>
    Required = 3,
}

/// <summary>The first message of each side of TDS.</summary>
/// <param name="Encryption">What it says about encryption; a side that says nothing has none.</param>
/// <param name="Length">Its bytes, with the header of the packet.</param>
internal readonly record struct TdsPreLogin(TdsEncryption Encryption, int Length)
{
    /// <summary>The type of a client's PRELOGIN packet, and of what carries the TLS handshake in both directions.</summary>
    public const byte RequestType = 0x12;

    /// <summary>The type of a server's answer.</summary>
    public const byte ResponseType = 0x04;

    /// <summary>The longest PRELOGIN: one packet of the size that a login begins with.</summary>
    public const int MaxLength = 4096;

    private const int Header = 8, OptionLength = 5;
    private const byte EndOfMessage = 1, EncryptionOption = 1, Terminator = 0xFF, ClientCertificate = 0x80;

    /// <summary>Reads one from the front of these bytes: a single packet.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="type"><see cref="RequestType"/> or <see cref="ResponseType"/>.</param>
    /// <param name="message">The message.</param>
    public static ParseStatus TryRead(ReadOnlySpan<byte> bytes, byte type, out TdsPreLogin message)
    {
        message = default;
        if (bytes.IsEmpty) return ParseStatus.NeedMore;
        if (bytes[0] != type || (bytes.Length > 1 && (bytes[1] & EndOfMessage) == 0)) return ParseStatus.Invalid;
        if (bytes.Length < Header) return ParseStatus.NeedMore;
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (length is <= Header or > MaxLength) return ParseStatus.Invalid;
        if (bytes.Length < length) return ParseStatus.NeedMore;
        if (!TryFindEncryption(bytes[Header..length], out var encryption)) return ParseStatus.Invalid;
        message = new TdsPreLogin(encryption, length);
        return ParseStatus.Done;
    }

    private static bool TryFindEncryption(ReadOnlySpan<byte> payload, out TdsEncryption encryption)
    {
        encryption = TdsEncryption.NotSupported;
        for (var at = 0; at < payload.Length; at += OptionLength)
        {
            if (payload[at] == Terminator) return true;
            if (payload.Length < at + OptionLength) return false;
            if (payload[at] != EncryptionOption) continue;
            var offset = BinaryPrimitives.ReadUInt16BigEndian(payload[(at + 1)..]);
            if (BinaryPrimitives.ReadUInt16BigEndian(payload[(at + 3)..]) < 1 || offset >= payload.Length) return false;
            var value = (byte)(payload[offset] & ~ClientCertificate);
            if (value > (byte)TdsEncryption.Required) return false;
            encryption = (TdsEncryption)value;
        }
        // Without its end it is no PRELOGIN
        return false;
    }
}
