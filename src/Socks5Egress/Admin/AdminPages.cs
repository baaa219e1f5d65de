using System.Net;
using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Socks5Egress.Accounting;
using Socks5Egress.Hosting;
using Socks5Egress.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Admin;

/// <summary>
/// The admin address. <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> answer anyone; <c>/sessions</c> tells who goes where, so it
/// answers on loopback alone, and only a Host that no web page can forge by DNS rebinding.
/// </summary>
internal sealed class AdminPages(Readiness readiness, LiveSessions sessions, Meters meters) : IHttpApplication<HttpContext>
{
    /// <summary>Explains a wish by the rules that hold now; set once there are any.</summary>
    public Func<string?, Destination, Task<Explanation>>? Explain { private get; set; }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context)
    {
        var isGet = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return context.Request.Path.Value switch
        {
            // Any method: HAProxy's check sends OPTIONS by default
            "/healthz" => TextAsync(context, readiness.Healthy ? 200 : 503, readiness.Healthy ? "ok\n" : "accept loops are failing\n"),
            "/readyz" => ReadyAsync(context),
            "/metrics" when isGet => TextAsync(context, 200, PrometheusText.Write(sessions, meters)),
            "/sessions" when isGet => PrivateAsync(context, SessionsAsync),
            "/explain" when isGet => PrivateAsync(context, page => ExplainPage.AnswerAsync(page, Explain)),
            "/metrics" or "/sessions" or "/explain" => TextAsync(context, 405, "Only GET is served here.\n"),
            _ => TextAsync(context, 404, "There is /healthz, /readyz, /metrics, /sessions and /explain.\n"),
        };
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    /// <summary>A name could be an attacker's, pointed at this address; an address or localhost cannot.</summary>
    internal static bool IsSafeHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out _);

    private static Task PrivateAsync(HttpContext context, Func<HttpContext, Task> page)
    {
        if (!IPAddress.IsLoopback(context.Connection.LocalIpAddress ?? IPAddress.None))
            return TextAsync(context, 403, "Served on loopback only.\n");
        return IsSafeHost(context.Request.Host.Host) ? page(context) : TextAsync(context, 403, "Ask by address or as localhost.\n");
    }

    private static async Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = status == 200 && context.Request.Path == "/metrics" ? PrometheusText.ContentType : MediaTypeNames.Text.Plain;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.WriteAsync(text);
    }

    private Task ReadyAsync(HttpContext context)
    {
        var reasons = readiness.Reasons;
        context.Response.StatusCode = reasons.IsEmpty ? 200 : 503;
        return JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", reasons.IsEmpty);
            json.WriteStartArray("reasons");
            foreach (var reason in reasons.AddRange(readiness.Notes)) json.WriteStringValue(reason);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private Task SessionsAsync(HttpContext context) => JsonAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var session in sessions.All) SessionJson.Write(json, session);
        json.WriteEndArray();
    });

    private static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.Headers.CacheControl = "no-store";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter)) write(json);
        await context.Response.BodyWriter.FlushAsync();
    }
}
