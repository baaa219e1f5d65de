using System.Buffers.Text;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// Writes the request that an origin gets: what was understood of the client's, in normal form. The method, the target's path and the
/// fields' names and values are the client's; Host comes from the target (RFC 9112 section 3.2.2), the framing from what was read, and
/// the fields of one connection stay behind (RFC 9110 section 7.6.1).
/// </summary>
internal static class ForwardedRequest
{
    /// <summary>The room that <see cref="Write"/> needs, in bytes.</summary>
    public static int Room(in RequestHead request, AbsoluteForm target) => request.Length + ConnectHead.MaxFields + (2 * target.Authority.Length) + 512;

    /// <summary>Writes the head.</summary>
    /// <param name="destination">At least <see cref="Room"/> bytes.</param>
    /// <param name="head">The bytes of the client's head.</param>
    /// <param name="request">What was read in them.</param>
    /// <param name="target">The parts of its target.</param>
    /// <param name="via">The pseudonym of this proxy.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> head, in RequestHead request, AbsoluteForm target, ReadOnlySpan<byte> via)
    {
        var writer = new HeadWriter(destination);
        var method = head[request.Method];
        writer.Write(method);
        writer.Write(" "u8);
        WriteTarget(ref writer, method, target);
        writer.Write(" HTTP/1.1\r\nHost: "u8);
        writer.Write(target.Authority);
        writer.Write("\r\n"u8);

        var fields = new FieldWalk(head, request.FirstField, request.FirstConnection);
        while (fields.Next())
        {
            if (fields.Field == KnownField.Trailer && request.Body.Kind == BodyKind.Chunked) writer.WriteField(fields.Name, fields.Value);
            else if (fields.Field == KnownField.Upgrade && request.AsksUpgrade) writer.WriteField(fields.Name, fields.Value);
            else if (KnownFields.StaysBehind(fields.Field) || fields.IsNamed) continue;
            else if (fields.Field == KnownField.MaxForwards && method.SequenceEqual("OPTIONS"u8)) WriteHopsLeft(ref writer, fields.Name, fields.Value);
            else writer.WriteField(fields.Name, fields.Value);
        }
        writer.WriteFraming(request.Body);
        // RFC 9110 section 8.6: these anticipate content, and some origins wait for it without a length
        if (request.Body.Kind == BodyKind.None && (method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("PATCH"u8)))
            writer.WriteFraming(BodyFraming.Of(0));
        if (request.ExpectsContinue) writer.Write("Expect: 100-continue\r\n"u8);
        if (request.TakesTrailers) writer.Write("TE: trailers\r\n"u8);
        if (request.AsksUpgrade || request.TakesTrailers)
            writer.Write(!request.TakesTrailers ? "Connection: Upgrade\r\n"u8 : request.AsksUpgrade ? "Connection: Upgrade, TE\r\n"u8 : "Connection: TE\r\n"u8);
        writer.Write(request.IsHttp11 ? "Via: 1.1 "u8 : "Via: 1.0 "u8);
        writer.Write(via);
        writer.Write("\r\n\r\n"u8);
        return writer.Length;
    }

    /// <summary>Whether a request has been at this proxy before: one of its Via entries names it (RFC 9110 section 7.6.3).</summary>
    public static bool HasVia(ReadOnlySpan<byte> head, in RequestHead request, ReadOnlySpan<byte> via)
    {
        var fields = new FieldWalk(head, request.FirstField, 0);
        while (fields.Next())
        {
            if (fields.Field != KnownField.Via) continue;
            var list = fields.Value;
            while (TokenList.TryNext(ref list, out var entry))
            {
                // received-protocol RWS received-by [ RWS comment ]
                var blank = entry.IndexOfAny((byte)' ', (byte)'\t');
                if (blank < 0) continue;
                var by = entry[blank..].TrimStart(" \t"u8);
                var end = by.IndexOfAny((byte)' ', (byte)'\t');
                if (Ascii.EqualsIgnoreCase(end < 0 ? by : by[..end], via)) return true;
            }
        }
        return false;
    }

    /// <summary>How many more proxies an OPTIONS may pass (RFC 9110 section 7.6.2).</summary>
    /// <param name="value">The value of Max-Forwards.</param>
    /// <param name="left">The number; 0 means that this proxy answers it itself.</param>
    public static bool TryMaxForwards(ReadOnlySpan<byte> value, out uint left) =>
        Utf8Parser.TryParse(value, out left, out var length) && length == value.Length && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static void WriteTarget(ref HeadWriter writer, ReadOnlySpan<byte> method, AbsoluteForm target)
    {
        // RFC 9112 section 3.2.4: the server as a whole
        if (target.PathAndQuery.Length == 0 && method.SequenceEqual("OPTIONS"u8))
        {
            writer.Write("*"u8);
            return;
        }
        if (!target.PathAndQuery.StartsWith('/')) writer.Write("/"u8);
        writer.Write(target.PathAndQuery);
    }

    private static void WriteHopsLeft(ref HeadWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        TryMaxForwards(value, out var left);
        writer.Write(name);
        writer.Write(": "u8);
        writer.Write(left - 1L);
        writer.Write("\r\n"u8);
    }
}
