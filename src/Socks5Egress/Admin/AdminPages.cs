using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Explaining;
using Socks5Egress.Protocol;

namespace Socks5Egress.Admin;

/// <summary>
/// The admin address. <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> answer anyone; the others tell who goes where, so they
/// are behind <see cref="AdminAuthorization"/>.
/// </summary>
internal sealed class AdminPages(GatewayStatus view, StatusPage status, AdminAuthorization door, RequestDelegate metrics, TimeProvider time) : HttpPages
{
    /// <summary>Streams of the status page at once; each costs a rendering a second.</summary>
    private const int MaxStreams = 16;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private int _streams;

    /// <summary>Explains a wish by the rules that hold now; set once there are any.</summary>
    public Func<string?, Destination, Task<Explanation>>? Explain { private get; set; }

    /// <summary>What can be done by POST; set once the gateway listens.</summary>
    public AdminActions? Actions { private get; set; }

    protected override Task AnswerAsync(HttpContext context)
    {
        var isGet = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var healthy = view.Readiness.Healthy;
        return context.Request.Path.Value switch
        {
            // Any method: HAProxy's check sends OPTIONS by default
            "/healthz" => TextAsync(context, healthy ? 200 : 503, healthy ? "ok\n" : "a part that it cannot do without has stopped; see /readyz\n"),
            "/readyz" => ReadyAsync(context),
            var path when AdminActions.Serves(path) => ActAsync(context),
            _ when !isGet => TextAsync(context, 405, "Only GET is served here.\n"),
            "/metrics" => metrics(context),
            "/" => PrivateAsync(context, PageAsync),
            "/events" => PrivateAsync(context, EventsAsync),
            "/sessions" => PrivateAsync(context, SessionsAsync),
            "/status" => PrivateAsync(context, page => JsonAsync(page, json => JsonSerializer.Serialize(json, status.Report(), StatusJson.Default.StatusReport))),
            "/explain" => PrivateAsync(context, page => ExplainPage.AnswerAsync(page, Explain)),
            "/status.css" or "/status.js" or "/status.svg" => PrivateAsync(context, Asset.ServeAsync),
            _ => TextAsync(context, 404, "There is /, /healthz, /readyz, /metrics, /status, /sessions and /explain.\n"),
        };
    }

    private Task PrivateAsync(HttpContext context, Func<HttpContext, Task> page)
    {
        if (door.Refuses(context) is { } refusal) return TextAsync(context, refusal.Status, refusal.Sentence);
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = StatusPage.ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return page(context);
    }

    private Task ActAsync(HttpContext context) => door.Refuses(context) is { } refusal
        ? AdminActions.ErrorAsync(context, refusal.Status, refusal.Sentence)
        : AdminActions.AnswerAsync(Actions, context);

    private static SessionOrder Order(HttpContext context) => SessionOrder.Of(context.Request.Query["sort"], context.Request.Query["q"], context.Request.Query.ContainsKey("all"));

    private Task PageAsync(HttpContext context) => TextAsync(context, 200, status.Page(Order(context)), MediaTypeNames.Text.Html);

    /// <summary>The middle of the page, at once and then every second, as server-sent events.</summary>
    private async Task EventsAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _streams) > MaxStreams)
        {
            Interlocked.Decrement(ref _streams);
            await TextAsync(context, 503, "Too many pages are open.\n");
            return;
        }
        try
        {
            context.Response.ContentType = MediaTypeNames.Text.EventStream;
            var order = Order(context);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                var lines = status.Live(order).ToString().ReplaceLineEndings("\ndata: ");
                await context.Response.WriteAsync("data: " + lines + "\n\n", context.RequestAborted);
                await Task.Delay(Beat, time, context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private Task ReadyAsync(HttpContext context)
    {
        var reasons = view.Readiness.Reasons;
        return ReadyAsync(context, reasons.IsEmpty, reasons.AddRange(view.Readiness.Notes));
    }

    private Task SessionsAsync(HttpContext context) => JsonAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var session in view.Sessions.Serving) SessionJson.Write(json, session);
        json.WriteEndArray();
    });
}
