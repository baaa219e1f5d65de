using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Socks5Egress.Admin;

/// <summary>Answers HTTP requests of <see cref="AdminServer"/>: the part that the gateway's admin address and the health address of <c>forward</c> share.</summary>
internal abstract class HttpPages : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var connection = context.Features.Get<AdminConnection>();
        connection?.Begin();
        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            connection?.End();
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    /// <summary>Answers one request.</summary>
    protected abstract Task AnswerAsync(HttpContext context);

    protected static async Task TextAsync(HttpContext context, int status, string text, string type = MediaTypeNames.Text.Plain)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type + "; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.WriteAsync(text);
    }

    protected static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.Headers.CacheControl = "no-store";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter)) write(json);
        await context.Response.BodyWriter.FlushAsync();
    }

    /// <summary>200 or 503, with <c>{"ready":…,"reasons":[…]}</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="ready">Traffic should be sent here.</param>
    /// <param name="reasons">Why not, or what else is wrong.</param>
    protected static Task ReadyAsync(HttpContext context, bool ready, IEnumerable<string> reasons)
    {
        context.Response.StatusCode = ready ? 200 : 503;
        return JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", ready);
            json.WriteStartArray("reasons");
            foreach (var reason in reasons) json.WriteStringValue(reason);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
