namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>The line with which each side of SSH begins (RFC 4253 section 4.2).</summary>
internal static class SshIdentification
{
    /// <summary>The longest line, with its CR and LF.</summary>
    public const int MaxLength = 255;

    private static ReadOnlySpan<byte> Prefix => "SSH-"u8;

    /// <summary>Reads a line of version 2.0, or 1.99, which stands for 2.0 and older ones (section 5.1).</summary>
    /// <param name="bytes">The first bytes of one side; those after 255 are not looked at.</param>
    /// <param name="length">The length of the line with its LF.</param>
    /// <returns><see cref="ParseStatus.Invalid"/> for another version, a character that no line has, or a line that is too long.</returns>
    public static ParseStatus TryRead(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        var known = Math.Min(bytes.Length, Prefix.Length);
        if (!bytes[..known].SequenceEqual(Prefix[..known])) return ParseStatus.Invalid;
        var end = bytes[..Math.Min(bytes.Length, MaxLength)].IndexOf((byte)'\n');
        if (end < 0) return bytes.Length >= MaxLength || HasControl(bytes) ? ParseStatus.Invalid : ParseStatus.NeedMore;
        var line = bytes[..end].TrimEnd((byte)'\r');
        if (HasControl(line) || !(line.StartsWith("SSH-2.0-"u8) || line.StartsWith("SSH-1.99-"u8))) return ParseStatus.Invalid;
        length = end + 1;
        return ParseStatus.Done;
    }

    private static bool HasControl(ReadOnlySpan<byte> line) => line.TrimEnd((byte)'\r').ContainsAnyInRange((byte)0, (byte)0x1F);
}
