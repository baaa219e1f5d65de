using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Admin;

/// <summary>Kestrel alone, without a web application around it: a socket, a parser, and <see cref="HttpPages"/>.</summary>
internal sealed class AdminServer(HttpPages? pages, int connections, Hairpins hairpins, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>A probe sends its whole head at once.</summary>
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Longer than scrapers and checks usually pause.</summary>
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromSeconds(75);

    private KestrelServer? _server;

    /// <summary>Where it listens; null when it does not.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Opens the address.</summary>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="option">The option that named it, for the error.</param>
    /// <returns>Null, or why it cannot be opened.</returns>
    public async ValueTask<string?> StartAsync(IPEndPoint endpoint, string option = "--admin")
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.RequestHeadersTimeout = HeadTimeout;
        options.Limits.KeepAliveTimeout = BetweenRequests;
        options.Limits.MaxRequestBodySize = 0;
        var open = new AdminConnections(connections, connections * 3 / 4);
        options.Listen(endpoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(open.Counting);
            listen.Use(next => new AdminHairpin(hairpins, next).ServeAsync);
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        _server = new KestrelServer(Options.Create(options), transport, loggers);
        try
        {
            await _server.StartAsync(pages!, CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            var error = exception as SocketException ?? exception.InnerException as SocketException;
            var code = exception is AddressInUseException || exception.InnerException is AddressInUseException
                ? SocketError.AddressAlreadyInUse
                : error?.SocketErrorCode ?? SocketError.SocketError;
            return ListenFailure.Sentence(option + " " + endpoint, code);
        }
        var address = _server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        EndPoint = new IPEndPoint(endpoint.Address, new Uri(address).Port);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }
}
