using System.Net;
using Npgsql;

namespace Socks5Egress.Client.Npgsql;

/// <summary>PostgreSQL by Npgsql, which can be pointed at no proxy, through a <see cref="Socks5Forwarder"/>.</summary>
public static class NpgsqlForwarderExtensions
{
    /// <summary>
    /// A data source whose connections lead through the forwarder. TLS is with the server itself, and <c>SSL Mode=VerifyFull</c> checks
    /// its certificate against <see cref="Socks5Forwarder.TargetHost"/>. The data source does not own the forwarder: dispose the data
    /// source first, then the forwarder.
    /// </summary>
    /// <param name="forwarder">Leads to the server; it must listen on an <see cref="IPEndPoint"/>, because Npgsql speaks no TLS over a Unix socket.</param>
    /// <param name="connectionString">As it would be without a gateway; <c>Host</c> and <c>Port</c> in it are ignored.</param>
    /// <param name="configure">
    /// Sets anything else on the builder. Who calls <c>UseSslClientAuthenticationOptionsCallback</c> in it takes the place of ours and
    /// must set <c>TargetHost</c> there.
    /// </param>
    /// <exception cref="NotSupportedException">The forwarder listens on a Unix socket.</exception>
    /// <exception cref="ArgumentException">The connection string is malformed.</exception>
    public static NpgsqlDataSource CreateNpgsqlDataSource(
        this Socks5Forwarder forwarder, string connectionString, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(forwarder);
        if (forwarder.LocalEndPoint is not IPEndPoint local)
            throw new NotSupportedException("Npgsql speaks no TLS over a Unix socket: let the forwarder listen on an IPEndPoint.");

        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.Host = Reachable(local.Address).ToString();
        builder.ConnectionStringBuilder.Port = local.Port;
        builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = forwarder.TargetHost);
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>What listens on every address is reached on the loopback.</summary>
    private static IPAddress Reachable(IPAddress listening) =>
        listening.Equals(IPAddress.Any) ? IPAddress.Loopback
        : listening.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
        : listening;
}
