namespace Socks5Egress.Protocol.Http;

/// <summary>How a body tells its end (RFC 9112 section 6.3).</summary>
internal enum BodyKind : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>By Content-Length.</summary>
    Length,

    /// <summary>By its last chunk; trailers may follow.</summary>
    Chunked,

    /// <summary>By the end of the connection: answers only.</summary>
    UntilClose,
}

/// <summary>How the body behind a head is framed.</summary>
/// <param name="Kind">How it tells its end.</param>
/// <param name="Length">Its bytes; meaningful with <see cref="BodyKind.Length"/>.</param>
internal readonly record struct BodyFraming(BodyKind Kind, long Length)
{
    /// <summary>No body.</summary>
    public static BodyFraming None => default;

    /// <summary>In chunks.</summary>
    public static BodyFraming Chunked => new(BodyKind.Chunked, 0);

    /// <summary>Up to the end of the connection.</summary>
    public static BodyFraming UntilClose => new(BodyKind.UntilClose, 0);

    /// <summary>So many bytes.</summary>
    public static BodyFraming Of(long length) => new(BodyKind.Length, length);

    /// <summary>Nothing follows the head.</summary>
    public bool IsEmpty => Kind == BodyKind.None || (Kind == BodyKind.Length && Length == 0);
}
