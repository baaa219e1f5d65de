using System.Buffers;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The server's answer to the <see cref="Greeting"/> (RFC 1928 section 3).
/// <code>
/// +-----+--------+
/// | VER | METHOD |
/// +-----+--------+
/// | 05  |   1    |
/// +-----+--------+
/// </code>
/// </summary>
/// <param name="Method">The method chosen, or <see cref="AuthMethod.NoneAcceptable"/>.</param>
internal readonly record struct MethodSelection(AuthMethod Method)
{
    /// <summary>The length of the message, in bytes.</summary>
    public const int Length = 2;

    /// <summary>Reads the answer of a server; any method is read, whether it was offered is the caller's to check.</summary>
    public static Parsed<MethodSelection> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<MethodSelection>.NeedMore;
        if (version != Socks5Version.Value) return Parsed<MethodSelection>.Invalid(ParseFault.Version);
        return reader.TryRead(out var method)
            ? Parsed<MethodSelection>.Done(new MethodSelection((AuthMethod)method), reader.Position)
            : Parsed<MethodSelection>.NeedMore;
    }

    /// <summary>Writes the answer of a server.</summary>
    /// <returns>The number of bytes written, <see cref="Length"/>.</returns>
    public static int Write(Span<byte> destination, AuthMethod method)
    {
        destination[1] = (byte)method;
        destination[0] = Socks5Version.Value;
        return Length;
    }
}
