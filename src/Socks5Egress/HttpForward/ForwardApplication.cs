using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Socks5Egress.HttpForward;

/// <summary>What Kestrel calls for each request: the conversation that its connection belongs to.</summary>
internal sealed class ForwardApplication : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => context.Features.GetRequiredFeature<Conversation>().ServeAsync(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
