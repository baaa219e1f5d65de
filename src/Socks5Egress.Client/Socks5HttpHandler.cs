using System.Net;

namespace Socks5Egress.Client;

/// <summary>
/// Sends every HTTP request through the gateways of a <see cref="Socks5Client"/>, names resolved there. Takes the place of
/// <c>ALL_PROXY=socks5h://…</c>, which .NET ignores without a word and goes direct. No other proxy setting of the machine is
/// looked at, and HTTP/3 is never used: it would go past the gateway over UDP.
/// </summary>
/// <remarks>Asynchronous requests only: <see cref="SocketsHttpHandler"/> has no synchronous way through a callback.</remarks>
public sealed class Socks5HttpHandler : DelegatingHandler
{
    /// <summary>A handler for an <see cref="HttpClient"/>.</summary>
    /// <param name="client">Knows the gateways.</param>
    /// <param name="configure">Sets pooling, TLS and the like on the inner handler; what leads through the gateway is set after it.</param>
    public Socks5HttpHandler(Socks5Client client, Action<SocketsHttpHandler>? configure = null)
        : base(CreateInner(client, configure))
    {
    }

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">HTTP/3 was asked for and nothing else.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        KeepOffQuic(request);
        return base.SendAsync(request, cancellationToken);
    }

    /// <summary>SocketsHttpHandler uses its ConnectCallback for TCP alone; a request that may use HTTP/3 would bypass it.</summary>
    private static void KeepOffQuic(HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Version.Major >= 3)
        {
            if (request.VersionPolicy == HttpVersionPolicy.RequestVersionExact)
                throw new HttpRequestException(HttpRequestError.VersionNegotiationError,
                    "HTTP/3 cannot go through a SOCKS5 gateway: ask for HTTP/2, or allow lower versions.");
            request.Version = HttpVersion.Version20;
        }
        else if (request.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher)
        {
            request.Version = HttpVersion.Version20;
        }
        else
        {
            return;
        }

        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
    }

    private static SocketsHttpHandler CreateInner(Socks5Client client, Action<SocketsHttpHandler>? configure)
    {
        ArgumentNullException.ThrowIfNull(client);
        var inner = new SocketsHttpHandler();
        configure?.Invoke(inner);
        inner.UseProxy = false;
        inner.ConnectCallback = async (context, cancellation) =>
            await client.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellation);
        return inner;
    }
}
