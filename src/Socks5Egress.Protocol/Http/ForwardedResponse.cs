namespace Socks5Egress.Protocol.Http;

/// <summary>
/// Writes the answer that a client gets: what was understood of the origin's, in normal form. Status, reason and the fields' names and values are
/// the origin's, those of one connection stay behind.
/// </summary>
internal static class ForwardedResponse
{
    /// <summary>The room that <see cref="Write"/> needs, in bytes.</summary>
    public static int Room(in ResponseHead response) => response.Length + ResponseHead.MaxFields + 256;

    /// <summary>Writes the head.</summary>
    /// <param name="destination">At least <see cref="Room"/> bytes.</param>
    /// <param name="head">The bytes of the origin's head.</param>
    /// <param name="response">What was read in them.</param>
    /// <param name="framing">How the body goes on; none where there is no body. Of an answer without one, Content-Length is passed on as it is.</param>
    /// <param name="closes">The client's connection closes behind it.</param>
    /// <param name="via">The pseudonym of this proxy.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> head, in ResponseHead response, BodyFraming framing, bool closes, ReadOnlySpan<byte> via)
    {
        var writer = new HeadWriter(destination);
        writer.Write("HTTP/1.1 "u8);
        writer.Write(response.Status);
        writer.Write(" "u8);
        writer.WriteRepaired(head[response.Reason]);
        writer.Write("\r\n"u8);

        var fields = new FieldWalk(head, response.FirstField, response.FirstConnection);
        while (fields.Next())
        {
            if (fields.Field == KnownField.Trailer && framing.Kind == BodyKind.Chunked) writer.WriteField(fields.Name, fields.Value);
            else if (fields.Field == KnownField.Upgrade && response.IsUpgrade) writer.WriteField(fields.Name, fields.Value);
            else if (!KnownFields.StaysBehind(fields.Field) && !fields.IsNamed) writer.WriteField(fields.Name, fields.Value);
        }
        if (framing.Kind == BodyKind.None && response.ContentLength is { } length && response.Status is not (< 200 or 204)) framing = BodyFraming.Of(length);
        writer.WriteFraming(framing);
        if (response.IsUpgrade) writer.Write("Connection: Upgrade\r\n"u8);
        else if (closes) writer.Write("Connection: close\r\n"u8);
        writer.Write(response.IsHttp11 ? "Via: 1.1 "u8 : "Via: 1.0 "u8);
        writer.Write(via);
        writer.Write("\r\n\r\n"u8);
        return writer.Length;
    }
}
