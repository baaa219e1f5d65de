using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Socks5Egress.HttpForward;

/// <summary>From an origin's answer to the client's. Trailers and 1xx answers end here.</summary>
internal static class ForwardedResponse
{
    private const int BufferSize = 16 * 1024;

    /// <summary>Passes it on, until it ends or <paramref name="stop"/>.</summary>
    /// <returns><see cref="EndReason.None"/>; or why the client has no answer, or, once that has begun, only a part of it.</returns>
    public static async Task<EndReason> PassAsync(HttpResponseMessage response, HttpContext context, CancellationToken stop)
    {
        if (!TryLength(response, out var length) || (int)response.StatusCode < 200 || (int)response.StatusCode > 599) return EndReason.BadResponse;
        try
        {
            WriteHead(response, context, length);
            return await CopyAsync(response, context, stop);
        }
        catch (OperationCanceledException)
        {
            return EndReason.ClientReset;
        }
        catch (InvalidOperationException)
        {
            // A field that no answer may hold
            return EndReason.BadResponse;
        }
        catch (IOException)
        {
            return EndReason.TargetReset;
        }
    }

    /// <summary>One length, or one coding that is exactly chunked, or neither (RFC 9112 section 6.3): whatever else there is would leave as something else.</summary>
    private static bool TryLength(HttpResponseMessage response, out long? length)
    {
        length = null;
        var coded = response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings);
        var counted = response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths);
        if (coded) return !counted && codings.Count == 1 && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase);
        if (!counted) return true;
        if (lengths.Count != 1 || !long.TryParse(lengths.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        length = number;
        return true;
    }

    private static void WriteHead(HttpResponseMessage response, HttpContext context, long? length)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = response.ReasonPhrase;
        var connection = response.Headers.NonValidated.TryGetValues("Connection", out var options) ? options.ToString() : null;
        Copy(response.Headers.NonValidated, connection, context);
        Copy(response.Content.Headers.NonValidated, connection, context);
        context.Response.Headers.Append(ViaField.Name, ViaField.Entry(response.Version.ToString(2)));
        if (response.StatusCode == HttpStatusCode.ResetContent) context.Response.ContentLength = 0;
        else if (response.StatusCode != HttpStatusCode.NoContent) context.Response.ContentLength = length;
    }

    private static void Copy(HttpHeadersNonValidated fields, string? connection, HttpContext context)
    {
        foreach (var (name, values) in fields)
        {
            if (HopByHop.Ends(name, connection)) continue;
            foreach (var value in values) context.Response.Headers.Append(name, value);
        }
    }

    private static async Task<EndReason> CopyAsync(HttpResponseMessage response, HttpContext context, CancellationToken stop)
    {
        if (HttpMethods.IsHead(context.Request.Method)
            || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified or HttpStatusCode.ResetContent) return EndReason.None;
        // From here on a failure cuts the connection: a refusal could not take back the part of a body that is written already
        await context.Response.StartAsync(stop);
        var writer = context.Response.BodyWriter;
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[BufferSize];
        while (true)
        {
            // What is there goes to the client before the next wait: an origin may send events for hours
            var reading = body.ReadAsync(buffer, stop);
            if (!reading.IsCompleted) await writer.FlushAsync(stop);
            var count = await reading;
            writer.Write(buffer.AsSpan(0, count));
            // At the end too: Kestrel flushes of itself only what it was given in the same breath as the head
            if (count > 0 && writer.UnflushedBytes < BufferSize) continue;
            var flushed = await writer.FlushAsync(stop);
            if (flushed.IsCompleted || flushed.IsCanceled) return EndReason.ClientReset;
            if (count == 0) return EndReason.None;
        }
    }
}
