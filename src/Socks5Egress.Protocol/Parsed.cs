namespace Socks5Egress.Protocol;

/// <summary>How far a reader got with the bytes it was given.</summary>
internal enum ParseStatus : byte
{
    /// <summary>The bytes are a legal beginning; nothing was consumed.</summary>
    NeedMore,

    /// <summary>A whole message was read.</summary>
    Done,

    /// <summary>No continuation of these bytes is a legal message.</summary>
    Invalid,
}

/// <summary>Why bytes are no message. Each has its own reply; the text of an error is never parsed.</summary>
internal enum ParseFault : byte
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The version byte is not the protocol's.</summary>
    Version,

    /// <summary>A count or length that the protocol forbids, such as an empty name.</summary>
    Length,

    /// <summary>An address type the protocol does not know (RFC 1928 section 6: reply 08).</summary>
    AddressType,

    /// <summary>The grammar is broken.</summary>
    Syntax,

    /// <summary>The request line is longer than the limit (HTTP 414).</summary>
    LineTooLong,

    /// <summary>A part or the whole is longer than the limit (HTTP 431).</summary>
    TooLarge,

    /// <summary>A method that is longer than any that exists (HTTP 501).</summary>
    Method,

    /// <summary>A request target that is not visible ASCII.</summary>
    Target,

    /// <summary>No Host, two of them, or one that is neither empty nor an authority.</summary>
    Host,

    /// <summary>Content-Length and Transfer-Encoding leave more than one reading of where the body ends.</summary>
    Framing,
}

/// <summary>
/// What a reader returns: a value and where it ended, a wish for more bytes, or a fault. Readers never
/// throw on bytes and never consume a part of a message.
/// </summary>
/// <typeparam name="T">The message. A struct, so that the ordinary case allocates nothing.</typeparam>
/// <param name="Status">How far the reader got.</param>
/// <param name="Value">The message; meaningful only when <paramref name="Status"/> is <see cref="ParseStatus.Done"/>.</param>
/// <param name="Consumed">The position behind the message; what follows belongs to the next one or to the target.</param>
/// <param name="Fault">Why not; <see cref="ParseFault.None"/> unless <see cref="ParseStatus.Invalid"/>.</param>
internal readonly record struct Parsed<T>(ParseStatus Status, T Value, SequencePosition Consumed, ParseFault Fault)
    where T : struct
{
    /// <summary>The bytes are a legal beginning.</summary>
    public static Parsed<T> NeedMore => default;

    /// <summary>A whole message, ending before <paramref name="consumed"/>.</summary>
    public static Parsed<T> Done(T value, SequencePosition consumed) => new(ParseStatus.Done, value, consumed, ParseFault.None);

    /// <summary>No message, whatever follows.</summary>
    public static Parsed<T> Invalid(ParseFault fault) => new(ParseStatus.Invalid, default, default, fault);
}
