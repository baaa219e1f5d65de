using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Socks5Egress.Client.Npgsql;

/// <summary>PostgreSQL by Npgsql through a gateway, with a connection string as it would be without one.</summary>
public static class NpgsqlSocks5Extensions
{
    /// <summary>
    /// Leads the connections of a data source through a gateway. <c>Host</c> and <c>Port</c> of its connection string stay what they are, several hosts too: each
    /// has a forwarder of its own, on a local port. TLS is with the server itself, and <c>SSL Mode=VerifyFull</c> checks its certificate against its real name.
    /// The forwarders live as long as the builder and the data sources that it has built. Call it last: what is set on <c>Host</c>, <c>Port</c> and
    /// <c>UseSslClientAuthenticationOptionsCallback</c> afterwards takes the place of what is set here.
    /// </summary>
    /// <param name="builder">With a host in its connection string.</param>
    /// <param name="client">Knows the gateways.</param>
    /// <param name="options">How long to try again, and whom to tell; where it listens is chosen here.</param>
    /// <exception cref="ArgumentException">There is no host in the connection string, or one is a Unix socket.</exception>
    public static NpgsqlDataSourceBuilder UseSocks5(this NpgsqlDataSourceBuilder builder, Socks5Client client, Socks5ForwarderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(client);
        var written = builder.ConnectionStringBuilder;
        if (string.IsNullOrWhiteSpace(written.Host)) throw new ArgumentException("The connection string has no Host: write the server's name, as without a gateway.", nameof(builder));

        // All of them are read before the first one listens
        var servers = written.Host.Split(',', StringSplitOptions.TrimEntries).Select(host => Split(host, written.Port)).ToArray();
        Socks5Forwarder[] forwarders = [.. servers.Select((server, at) => Start(client, server, at, options ?? new Socks5ForwarderOptions()))];
        var ways = new Ways(forwarders);
        written.Host = string.Join(',', ways.Hosts);
        // The data source holds this callback, and the callback the forwarders
        builder.UseSslClientAuthenticationOptionsCallback(ssl => ssl.TargetHost = ways.NameOf(ssl.TargetHost));
        return builder;
    }

    /// <summary>Each on an address of its own: the driver tells the callback the address alone, not the port.</summary>
    private static Socks5Forwarder Start(Socks5Client client, (string Host, int Port) server, int at, Socks5ForwarderOptions options) =>
        Socks5Forwarder.Start(client, server.Host, server.Port, new Socks5ForwarderOptions
        {
            LocalEndPoint = new IPEndPoint(new IPAddress([127, 0, 0, (byte)(1 + at)]), 0),
            RetryFor = options.RetryFor, DrainTimeout = options.DrainTimeout, OnFailure = options.OnFailure,
        });

    /// <summary><c>host</c>, <c>host:port</c> or <c>[v6]:port</c>, as Npgsql takes them.</summary>
    private static (string Host, int Port) Split(string text, int fallback)
    {
        if (text.StartsWith('/') || text.StartsWith('@')) throw new ArgumentException($"'{text}' is a Unix socket, which no gateway leads to.", nameof(text));
        var colon = text.LastIndexOf(':');
        var isPort = colon > text.LastIndexOf(']') && text.IndexOf(':', StringComparison.Ordinal) == colon || (text.StartsWith('[') && colon > text.LastIndexOf(']'));
        return isPort && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? (text[..colon].Trim('[', ']'), port) : (text.Trim('[', ']'), fallback);
    }

    /// <summary>The forwarders of one data source. Nothing of Npgsql's tells when a data source is disposed: they stop when it is forgotten.</summary>
    private sealed class Ways(Socks5Forwarder[] forwarders)
    {
        ~Ways()
        {
            foreach (var forwarder in forwarders) _ = forwarder.DisposeAsync().AsTask();
        }

        public IEnumerable<string> Hosts => forwarders.Select(forwarder => forwarder.LocalEndPoint.ToString()!);

        /// <summary>The server's name behind a local address. Of one forwarder, whatever the driver says.</summary>
        public string NameOf(string? local) => forwarders.Length == 1 ? forwarders[0].TargetHost
            : forwarders.FirstOrDefault(forwarder => ((IPEndPoint)forwarder.LocalEndPoint).Address.ToString() == local)?.TargetHost
                ?? throw new SocketException((int)SocketError.HostNotFound);
    }
}
