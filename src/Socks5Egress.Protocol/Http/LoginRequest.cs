using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>A request that a forward proxy answers itself: <c>POST /login</c>, with a token in Authorization (RFC 6750 section 2.1).</summary>
internal static class LoginRequest
{
    private static ReadOnlySpan<byte> Path => "/login"u8;

    /// <summary>Whether a head is one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head, in RequestHead read)
    {
        var target = head[read.Target];
        return head[read.Method].SequenceEqual("POST"u8) && target.StartsWith(Path) && (target.Length == Path.Length || target[Path.Length] == '?');
    }

    /// <summary>The value of Authorization, in bytes of its own; null without one, or with two.</summary>
    public static byte[]? Authorization(ReadOnlySpan<byte> head, in RequestHead read)
    {
        byte[]? value = null;
        var count = 0;
        var fields = new FieldWalk(head, read.FirstField, read.FirstConnection);
        while (fields.Next())
        {
            if (!Ascii.EqualsIgnoreCase(fields.Name, "Authorization"u8)) continue;
            value = fields.Value.ToArray();
            count++;
        }
        return count == 1 ? value : null;
    }

    /// <summary>How long the password shall hold: the query's <c>for</c>, a number with <c>s</c>, <c>m</c> or <c>h</c>.</summary>
    /// <returns>False when it is something else; zero when nothing is said.</returns>
    public static bool TryDuration(ReadOnlySpan<byte> head, in RequestHead read, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var query = head[read.Target][Path.Length..];
        if (query.IsEmpty) return true;
        if (!query.StartsWith("?for="u8)) return false;
        var text = query["?for="u8.Length..];
        if (text.Length is < 2 or > 6 || !System.Buffers.Text.Utf8Parser.TryParse(text[..^1], out uint number, out var used) || used != text.Length - 1 || !char.IsAsciiDigit((char)text[0])) return false;
        duration = text[^1] switch
        {
            (byte)'s' => TimeSpan.FromSeconds(number),
            (byte)'m' => TimeSpan.FromMinutes(number),
            (byte)'h' => TimeSpan.FromHours(number),
            _ => TimeSpan.Zero,
        };
        return duration > TimeSpan.Zero;
    }

    /// <summary>Writes an answer, after which the connection closes.</summary>
    /// <param name="destination">At least 320 bytes and the length of <paramref name="json"/>.</param>
    /// <param name="status">The status; 401 says that a token is asked for.</param>
    /// <param name="json">The body, in ASCII.</param>
    /// <param name="hasToken">There was a token, and it is invalid.</param>
    /// <returns>The number of bytes written.</returns>
    public static int WriteAnswer(Span<byte> destination, int status, string json, bool hasToken)
    {
        var writer = new HeadWriter(destination);
        writer.Write("HTTP/1.1 "u8);
        writer.Write(status);
        writer.Write(" "u8);
        writer.Write(ProxyResponse.Phrase((System.Net.HttpStatusCode)status));
        writer.Write("\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"u8);
        if (status == 401) writer.Write(hasToken ? "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"u8 : "WWW-Authenticate: Bearer realm=\"socks5egress\"\r\n"u8);
        if (status == 503) writer.Write("Retry-After: 1\r\n"u8);
        writer.WriteFraming(BodyFraming.Of(json.Length + 1));
        writer.Write("Connection: close\r\n\r\n"u8);
        writer.Write(json);
        writer.Write("\n"u8);
        return writer.Length;
    }
}
