using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Gateway.Explaining;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Admin;

/// <summary><c>/explain?user=USER&amp;target=HOST:PORT</c>: the verb <c>explain</c> for the running configuration. No user, or <c>-</c>: nobody.</summary>
internal static class ExplainPage
{
    /// <summary>Answers with text, or with JSON when <c>json</c> is among the parameters.</summary>
    /// <param name="context">The request.</param>
    /// <param name="explain">Explains; null before the gateway has its rules.</param>
    public static async Task AnswerAsync(HttpContext context, Func<string?, Destination, Task<Explanation>>? explain)
    {
        var query = context.Request.Query;
        string? user = query["user"];
        string? target = query["target"];
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = MediaTypeNames.Text.Plain;
        var destination = default(Destination);
        if (explain is null || target is null || HostPortArgument.Parse(target, out destination) is not null)
        {
            context.Response.StatusCode = explain is null ? 503 : 400;
            await context.Response.WriteAsync(explain is null ? "starting\n" : "Ask for /explain?user=USER&target=HOST:PORT.\n");
            return;
        }
        var explanation = await explain(string.IsNullOrEmpty(user) || user == "-" ? null : user, destination);
        if (!query.ContainsKey("json"))
        {
            await context.Response.WriteAsync(ExplanationText.Render(explanation));
            return;
        }
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await context.Response.WriteAsync(JsonSerializer.Serialize(explanation, ExplanationJson.Default.Explanation));
    }
}
