using Microsoft.AspNetCore.Http;

namespace Socks5Egress.Admin;

/// <summary>The status page's style, script and icon: files beside this one, carried in the program.</summary>
internal static class Asset
{
    public static async Task ServeAsync(HttpContext context)
    {
        var name = context.Request.Path.Value![1..];
        context.Response.ContentType = name switch
        {
            "status.css" => "text/css; charset=utf-8",
            "status.js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        await using var file = typeof(Asset).Assembly.GetManifestResourceStream(name)!;
        if (!HttpMethods.IsHead(context.Request.Method)) await file.CopyToAsync(context.Response.Body);
    }
}
