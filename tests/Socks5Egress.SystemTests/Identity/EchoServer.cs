using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Socks5Egress.SystemTests.Identity;

/// <summary>Tells whoever asks from which address they came, or another one when it was told to, or nothing.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private EchoServer(WebApplication server) => _server = server;

    public string Url => _server.Urls.Single();

    /// <summary>Said instead of the truth.</summary>
    public string? Claim { get; set; }

    public static async Task<EchoServer> StartAsync(IPAddress address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, 0));
        var echo = new EchoServer(builder.Build());
        echo._server.Run(context => context.Response.WriteAsync(echo.Claim ?? context.Connection.RemoteIpAddress!.ToString()));
        await echo._server.StartAsync();
        return echo;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
