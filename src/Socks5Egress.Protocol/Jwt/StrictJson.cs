using System.Text.Json;
using System.Text.Unicode;

namespace Socks5Egress.Protocol.Jwt;

/// <summary>JSON of which there is one reading: UTF-8 throughout, no member twice in any object, nothing after the end.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads one object.</summary>
    /// <returns>Null when it is something else, or no UTF-8.</returns>
    /// <exception cref="JsonException">It is broken or ambiguous.</exception>
    /// <exception cref="InvalidOperationException">A text in it is half of a surrogate pair.</exception>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) return null;
        var document = JsonDocument.Parse(utf8, Options);
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        return null;
    }

    /// <summary>Whether it is a number written as an integer: neither a fraction nor an exponent, nor minus zero.</summary>
    public static bool TryGetInteger(this JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value)
            && element.GetRawText().AsSpan().TrimStart('-').IndexOfAnyExceptInRange('0', '9') < 0 && (value != 0 || element.GetRawText() == "0");
    }
}
