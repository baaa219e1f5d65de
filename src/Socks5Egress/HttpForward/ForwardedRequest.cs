using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.HttpForward;

/// <summary>From the request that Kestrel read to the one that is sent on: the same meaning, written anew.</summary>
internal static class ForwardedRequest
{
    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Methods that the handler writes in upper case whatever the client wrote: to an origin, "get" is another method than "GET".</summary>
    private static readonly string[] Rewritten = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "QUERY"];

    public static string RawTarget(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    /// <summary>Whether a head means one thing only (RFC 9112 section 6.1 and 6.3).</summary>
    public static bool IsSound(HttpRequest request, in RawFields fields)
    {
        if (fields.Lengths + fields.Codings > 1 || (fields.Codings > 0 && request.Protocol != HttpProtocol.Http11)) return false;
        foreach (var (_, values) in request.Headers)
        {
            foreach (var value in values)
            {
                if (value is not null && (value.AsSpan().ContainsAnyInRange('\0', '\b') || value.AsSpan().ContainsAnyInRange('\n', '\x1f') || value.Contains('\x7f')))
                    return false;
            }
        }
        return request.Headers.Expect is [] or ["100-continue"];
    }

    /// <summary>CONNECT has no place behind another request; TRACE would show a client what is added on the way.</summary>
    public static bool IsForwarded(string method) =>
        method is not ("CONNECT" or "TRACE") && !(!Rewritten.Contains(method) && Rewritten.Contains(method.ToUpperInvariant()));

    /// <summary>The request to send; null when the handler could not send it as it is.</summary>
    public static HttpRequestMessage? From(HttpRequest request, in RawFields fields, AbsoluteForm target)
    {
        var path = target.PathAndQuery;
        // An empty path with OPTIONS means the server itself (RFC 9112 section 3.2.4), which the handler cannot say
        if (path.Length == 0 && HttpMethods.IsOptions(request.Method)) return null;
        if (!path.StartsWith('/')) path = "/" + path;
        if (!Uri.TryCreate("http://" + target.Authority + path, AsSent, out var uri)) return null;
        var message = new HttpRequestMessage(new HttpMethod(request.Method), uri)
        {
            Version = new Version(1, 1),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var hasBody = fields.Codings > 0 || request.ContentLength > 0;
        if (hasBody || fields.Lengths > 0 || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)))
            message.Content = new RequestBody(request.BodyReader, fields.Codings > 0 ? null : request.ContentLength ?? 0);
        if (!TryCopy(request, fields.Connection, message))
        {
            message.Dispose();
            return null;
        }
        message.Headers.Host = target.Authority;
        message.Headers.ExpectContinue = hasBody && request.Headers.Expect.Count > 0 ? true : null;
        message.Headers.TryAddWithoutValidation(ViaField.Name, ViaField.Entry(request.Protocol.Replace("HTTP/", "", StringComparison.Ordinal)));
        return message;
    }

    private static bool TryCopy(HttpRequest request, string? connection, HttpRequestMessage message)
    {
        foreach (var (name, values) in request.Headers)
        {
            if (HopByHop.Ends(name, connection) || name.Equals("Expect", StringComparison.OrdinalIgnoreCase)) continue;
            var text = values.Select(value => value ?? "").ToArray();
            if (name.Equals("Max-Forwards", StringComparison.OrdinalIgnoreCase) && HttpMethods.IsOptions(request.Method))
            {
                // RFC 9110 section 7.6.2
                if (text.Length != 1 || !uint.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out var left) || left == 0) return false;
                text = [(left - 1).ToString(CultureInfo.InvariantCulture)];
            }
            if (message.Headers.TryAddWithoutValidation(name, text)) continue;
            // A field of the content needs one to hang on
            message.Content ??= new RequestBody(null, 0);
            if (!message.Content.Headers.TryAddWithoutValidation(name, text)) return false;
        }
        return true;
    }
}
