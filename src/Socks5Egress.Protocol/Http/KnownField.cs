using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>The fields that a forward proxy acts on; every other one is passed on unread.</summary>
internal enum KnownField : byte
{
    Other,
    Authorization,
    CacheControl,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentRange,
    ContentType,
    Expect,
    Host,
    Http2Settings,
    KeepAlive,
    MaxForwards,
    ProxyAuthenticate,
    ProxyAuthenticationInfo,
    ProxyAuthorization,
    ProxyConnection,
    SetCookie,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    Via,
}

/// <summary>Field names, which mean the same in any case (RFC 9110 section 5.1).</summary>
internal static class KnownFields
{
    /// <summary>Which field a name is.</summary>
    public static KnownField Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Is(name, "TE"u8) => KnownField.Te,
        3 when Is(name, "Via"u8) => KnownField.Via,
        4 when Is(name, "Host"u8) => KnownField.Host,
        6 when Is(name, "Expect"u8) => KnownField.Expect,
        7 when Is(name, "Upgrade"u8) => KnownField.Upgrade,
        7 when Is(name, "Trailer"u8) => KnownField.Trailer,
        10 when Is(name, "Connection"u8) => KnownField.Connection,
        10 when Is(name, "Keep-Alive"u8) => KnownField.KeepAlive,
        10 when Is(name, "Set-Cookie"u8) => KnownField.SetCookie,
        12 when Is(name, "Max-Forwards"u8) => KnownField.MaxForwards,
        12 when Is(name, "Content-Type"u8) => KnownField.ContentType,
        13 when Is(name, "Cache-Control"u8) => KnownField.CacheControl,
        13 when Is(name, "Content-Range"u8) => KnownField.ContentRange,
        13 when Is(name, "Authorization"u8) => KnownField.Authorization,
        14 when Is(name, "Content-Length"u8) => KnownField.ContentLength,
        14 when Is(name, "HTTP2-Settings"u8) => KnownField.Http2Settings,
        16 when Is(name, "Content-Encoding"u8) => KnownField.ContentEncoding,
        16 when Is(name, "Proxy-Connection"u8) => KnownField.ProxyConnection,
        17 when Is(name, "Transfer-Encoding"u8) => KnownField.TransferEncoding,
        18 when Is(name, "Proxy-Authenticate"u8) => KnownField.ProxyAuthenticate,
        19 when Is(name, "Proxy-Authorization"u8) => KnownField.ProxyAuthorization,
        25 when Is(name, "Proxy-Authentication-Info"u8) => KnownField.ProxyAuthenticationInfo,
        _ => KnownField.Other,
    };

    /// <summary>
    /// Whether a field belongs to one connection and not to the message (RFC 9110 section 7.6.1), or is written anew from what was understood:
    /// the framing and Host. Fields that Connection names come on top.
    /// </summary>
    public static bool StaysBehind(KnownField field) => field is KnownField.Connection or KnownField.ProxyConnection or KnownField.KeepAlive
        or KnownField.Te or KnownField.TransferEncoding or KnownField.Upgrade or KnownField.Http2Settings or KnownField.ContentLength or KnownField.Host
        or KnownField.Trailer or KnownField.Expect or KnownField.ProxyAuthenticate or KnownField.ProxyAuthorization or KnownField.ProxyAuthenticationInfo;

    /// <summary>
    /// Whether a trailer section may not hold this field (RFC 9110 section 6.5.1): framing, routing, authentication, and what a recipient needs to
    /// know before the content.
    /// </summary>
    public static bool IsNoTrailer(KnownField field) => StaysBehind(field) || field is KnownField.Authorization or KnownField.CacheControl
        or KnownField.ContentEncoding or KnownField.ContentRange or KnownField.ContentType or KnownField.MaxForwards or KnownField.SetCookie or KnownField.Via;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> field) => Ascii.EqualsIgnoreCase(name, field);
}
