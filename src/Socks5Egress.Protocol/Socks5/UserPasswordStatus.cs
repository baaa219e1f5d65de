using System.Buffers;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The server's verdict on <see cref="UserPassword"/> (RFC 1929 section 2). After a failure the server closes.
/// <code>
/// +-----+--------+
/// | VER | STATUS |
/// +-----+--------+
/// | 01  |   1    |   00 success, anything else failure
/// +-----+--------+
/// </code>
/// </summary>
/// <param name="Succeeded">Whether the credentials were accepted.</param>
internal readonly record struct UserPasswordStatus(bool Succeeded)
{
    /// <summary>The length of the message, in bytes.</summary>
    public const int Length = 2;

    /// <summary>Reads the verdict of a server; <see cref="ParseFault.Version"/> when the first byte is not 01.</summary>
    public static Parsed<UserPasswordStatus> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<UserPasswordStatus>.NeedMore;
        if (version != UserPassword.Version) return Parsed<UserPasswordStatus>.Invalid(ParseFault.Version);
        return reader.TryRead(out var status)
            ? Parsed<UserPasswordStatus>.Done(new UserPasswordStatus(status == 0), reader.Position)
            : Parsed<UserPasswordStatus>.NeedMore;
    }

    /// <summary>Writes the verdict of a server: 01 00, or 01 01.</summary>
    /// <returns>The number of bytes written, <see cref="Length"/>.</returns>
    public static int Write(Span<byte> destination, bool succeeded)
    {
        destination[1] = succeeded ? (byte)0 : (byte)1;
        destination[0] = UserPassword.Version;
        return Length;
    }
}
