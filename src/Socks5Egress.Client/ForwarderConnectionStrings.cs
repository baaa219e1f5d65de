using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>Connection strings of drivers that can be pointed at no proxy, turned towards a <see cref="Socks5Forwarder"/>.</summary>
public static class ForwarderConnectionStrings
{
    /// <summary>
    /// The string with host and port of a MySqlConnector connection replaced by the forwarder's. <c>SslMode=VerifyFull</c> cannot be
    /// kept by a string alone, since that driver checks the name it connects to: use <c>SslMode=Required</c> together with
    /// <see cref="Socks5Forwarder.CertificateValidator"/>, which makes the same check against the target's name.
    /// </summary>
    /// <param name="forwarder">Leads to the server.</param>
    /// <param name="connectionString">As it would be without a gateway; host and port in it are ignored.</param>
    /// <exception cref="ArgumentException">The string is malformed, or asks for VerifyFull.</exception>
    public static string ToMySqlConnectionString(this Socks5Forwarder forwarder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(forwarder);
        var builder = new DbConnectionStringBuilder { ConnectionString = connectionString };
        foreach (var key in (string[])["SslMode", "Ssl Mode", "Ssl-Mode"])
        {
            if (builder.TryGetValue(key, out var mode) && string.Equals(mode as string, "VerifyFull", StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException(
                    "SslMode=VerifyFull would check the certificate against the local address: use SslMode=Required and set " +
                    "UseRemoteCertificateValidationCallback(forwarder.CertificateValidator()), which checks chain and target name.",
                    nameof(connectionString));
        }

        Remove(builder, "Server", "Host", "Data Source", "DataSource", "Address", "Addr", "Network Address", "Port",
            "ConnectionProtocol", "Connection Protocol", "Protocol", "Pipe", "PipeName", "Pipe Name");
        if (forwarder.LocalEndPoint is UnixDomainSocketEndPoint unix)
        {
            builder["Server"] = unix.ToString();
            builder["Protocol"] = "unix";
        }
        else
        {
            var local = Local(forwarder);
            builder["Server"] = local.Address.ToString();
            builder["Port"] = local.Port.ToString(CultureInfo.InvariantCulture);
        }

        return builder.ConnectionString;
    }

    /// <summary>
    /// The string with the server of a Microsoft.Data.SqlClient connection replaced by the forwarder's address, and
    /// <c>HostNameInCertificate</c> set to the target unless it is there already, so that <c>Encrypt=Strict</c> and
    /// <c>Encrypt=Mandatory</c> go on checking the target's name.
    /// </summary>
    /// <param name="forwarder">Leads to the server; not over a Unix socket.</param>
    /// <param name="connectionString">As it would be without a gateway; server, instance and port in it are ignored.</param>
    /// <exception cref="ArgumentException">The string is malformed.</exception>
    /// <exception cref="NotSupportedException">The forwarder listens on a Unix socket, which SqlClient cannot use.</exception>
    public static string ToSqlClientConnectionString(this Socks5Forwarder forwarder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(forwarder);
        var local = Local(forwarder);
        var builder = new DbConnectionStringBuilder { ConnectionString = connectionString };
        Remove(builder, "Data Source", "Server", "Address", "Addr", "Network Address");
        builder["Data Source"] = string.Create(CultureInfo.InvariantCulture, $"tcp:{local.Address},{local.Port}");
        if (!builder.ContainsKey("HostNameInCertificate") && !builder.ContainsKey("Host Name In Certificate"))
            builder["HostNameInCertificate"] = forwarder.TargetHost;
        return builder.ConnectionString;
    }

    private static IPEndPoint Local(Socks5Forwarder forwarder)
    {
        if (forwarder.LocalEndPoint is not IPEndPoint local)
            throw new NotSupportedException("This driver takes no Unix socket: let the forwarder listen on an IPEndPoint.");
        // What listens on every address is reached on the loopback
        if (local.Address.Equals(IPAddress.Any)) return new IPEndPoint(IPAddress.Loopback, local.Port);
        return local.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, local.Port) : local;
    }

    private static void Remove(DbConnectionStringBuilder builder, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys) builder.Remove(key);
    }
}
