using System.Buffers;

namespace Socks5Egress.Protocol.Socks5;

/// <summary>
/// The first message of a client: the authentication methods it can do (RFC 1928 section 3).
/// <code>
/// +-----+----------+----------+
/// | VER | NMETHODS | METHODS  |
/// +-----+----------+----------+
/// | 05  |    1     | 0 to 255 |
/// +-----+----------+----------+
/// </code>
/// The RFC says 1 to 255 methods. NMETHODS 0 is read all the same: it offers nothing, and the answer to that
/// is the one to any other offer without an acceptable method, <see cref="AuthMethod.NoneAcceptable"/>.
/// </summary>
internal readonly struct Greeting
{
    // The methods as a set of 256 bits: a value of its own, so that nothing points into the receive buffer
    private readonly UInt128 _low, _high;

    private Greeting(UInt128 low, UInt128 high)
    {
        _low = low;
        _high = high;
    }

    /// <summary>The longest greeting, in bytes.</summary>
    public const int MaxLength = 2 + 255;

    /// <summary>Whether the client offered the method, at any place and any number of times.</summary>
    public bool Offers(AuthMethod method)
    {
        var half = (byte)method < 128 ? _low : _high;
        return ((half >> ((byte)method & 127)) & 1) != 0;
    }

    /// <summary>Reads a greeting; <see cref="ParseFault.Version"/> on the first byte when that is not 05.</summary>
    public static Parsed<Greeting> Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var version)) return Parsed<Greeting>.NeedMore;
        if (version != Socks5Version.Value) return Parsed<Greeting>.Invalid(ParseFault.Version);
        if (!reader.TryRead(out var count) || reader.Remaining < count) return Parsed<Greeting>.NeedMore;

        UInt128 low = 0, high = 0;
        for (int i = 0; i < count; i++)
        {
            reader.TryRead(out var method);
            if (method < 128) low |= UInt128.One << method;
            else high |= UInt128.One << (method & 127);
        }

        return Parsed<Greeting>.Done(new Greeting(low, high), reader.Position);
    }

    /// <summary>Writes the greeting of a client.</summary>
    /// <param name="destination">At least 2 bytes longer than <paramref name="methods"/>.</param>
    /// <param name="methods">The methods offered, at most 255.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<AuthMethod> methods)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(methods.Length, byte.MaxValue, nameof(methods));
        destination[0] = Socks5Version.Value;
        destination[1] = (byte)methods.Length;
        for (int i = 0; i < methods.Length; i++) destination[2 + i] = (byte)methods[i];
        return 2 + methods.Length;
    }
}
