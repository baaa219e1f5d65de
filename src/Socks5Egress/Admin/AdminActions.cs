using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Retiring;

namespace Socks5Egress.Admin;

/// <summary>What can be done by POST at the admin address. Every answer is JSON.</summary>
/// <param name="reload">Reads the configuration again.</param>
/// <param name="disconnect">Ends sessions, and says how many.</param>
/// <param name="retire">Lets sessions end at a quiet moment.</param>
internal sealed class AdminActions(Func<Task<ReloadResult>> reload, Func<DisconnectFilter, int> disconnect, Func<RetireRequest, Task<RetireResult>> retire)
{
    private const string Origin = "Origin";

    /// <summary>Whether the path is that of an action.</summary>
    public static bool Serves(string? path) => path is "/reload" or "/disconnect" or "/retire";

    /// <summary>Answers one request that <see cref="AdminAuthorization"/> has let in.</summary>
    /// <param name="actions">Null while the gateway is starting.</param>
    /// <param name="context">The request.</param>
    public static Task AnswerAsync(AdminActions? actions, HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "Only POST is served here.");
        }
        // A page of another origin can make a browser that is on loopback post; it cannot keep the browser from saying where the page is from
        if (context.Request.Headers.TryGetValue(Origin, out var origin) && !IsOwn(origin.ToString(), context.Request))
            return ErrorAsync(context, StatusCodes.Status403Forbidden, "The Origin is another one than this address.");
        if (actions is null) return ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway is starting.");
        return context.Request.Path.Value switch
        {
            "/reload" => actions.ReloadAsync(context),
            "/retire" => actions.RetireAsync(context),
            _ => actions.DisconnectAsync(context),
        };
    }

    /// <summary>The answer to who is not let in.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string sentence) => JsonAsync(context, status, json => json.WriteString("error", sentence.Trim()));

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private async Task ReloadAsync(HttpContext context)
    {
        var result = await reload();
        await JsonAsync(context, result.Errors.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status409Conflict, json =>
        {
            json.WriteBoolean("reloaded", result.Errors.IsEmpty);
            if (result.Digest is not null) json.WriteString("digest", result.Digest);
            WriteTexts(json, "errors", result.Errors);
            WriteTexts(json, "changed", result.Changed);
            WriteTexts(json, "restart_needed", result.RestartNeeded);
            json.WriteNumber("ended", result.Ended);
        });
    }

    private async Task DisconnectAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (WrongKeys(query, ["user", "target", "client"]) is { } wrong)
        {
            await ErrorAsync(context, StatusCodes.Status400BadRequest, wrong);
            return;
        }
        if (DisconnectFilter.TryParse(query["user"], query["target"], query["client"], out var filter) is { } error)
        {
            await ErrorAsync(context, StatusCodes.Status400BadRequest, error);
            return;
        }
        var ended = disconnect(filter);
        await JsonAsync(context, StatusCodes.Status200OK, json => json.WriteNumber("disconnected", ended));
    }

    private async Task RetireAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (TryParse(query, out var request) is { } wrong)
        {
            await ErrorAsync(context, StatusCodes.Status400BadRequest, wrong);
            return;
        }
        var result = await retire(request);
        await JsonAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteNumber("due", result.Due);
            json.WriteNumber("ended", result.Ended);
            json.WriteNumber("busy", result.Busy);
        });
    }

    private static string? TryParse(IQueryCollection query, out RetireRequest request)
    {
        request = new RetireRequest(null, TimeSpan.Zero, false);
        if (WrongKeys(query, ["user", "target", "over", "all", "now"]) is { } unknown) return unknown;
        var over = TimeSpan.Zero;
        if (query["over"] is [{ } text] && DurationParser.Parse(text, out over) is { } error) return $"over: {error}";
        if (Switch(query, "all", out var all) is { } wrong || (wrong = Switch(query, "now", out var now)) is not null) return wrong;
        return RetireRequest.TryParse(query["user"], query["target"], all, over, now, out request);
    }

    private static string? Switch(IQueryCollection query, string key, out bool on)
    {
        on = query[key] is [("" or "true" or "1")];
        return on || !query.ContainsKey(key) || query[key] is [("false" or "0")] ? null : $"{key}: it is true or false";
    }

    private static string? WrongKeys(IQueryCollection query, string[] known)
    {
        var names = string.Join(", ", known[..^1]) + " and " + known[^1];
        if (query.Keys.FirstOrDefault(key => !known.Contains(key)) is { } unknown) return $"'{unknown}' is unknown here: there are {names}.";
        return query.Any(pair => pair.Value.Count > 1) ? $"Each of {names} can be named once." : null;
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static async Task JsonAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.Headers.CacheControl = "no-store";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await context.Response.BodyWriter.FlushAsync();
    }
}
