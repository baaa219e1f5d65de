using System.Net;
using System.Net.Sockets;
using Npgsql;
using Socks5Egress.Client;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>Logs in to PostgreSQL and asks where the connection comes from: what an allow-list has to hold.</summary>
internal static class PostgresEgress
{
    /// <param name="steps">Gets the step <c>egress</c>.</param>
    /// <param name="target">With a user.</param>
    /// <param name="password">Theirs.</param>
    /// <param name="gateway">The way; null for the direct one.</param>
    public static Task RunAsync(Steps steps, CheckTarget target, string password, Socks5Proxy? gateway) => steps.DoAsync("egress", async token =>
    {
        await using var forwarder = gateway is null ? null : Socks5Forwarder.Start(new Socks5Client(gateway), target.Host, target.Place.Port);
        var local = (IPEndPoint?)forwarder?.LocalEndPoint;
        // The step before has judged the certificate, or found that the server has none
        var builder = new NpgsqlSlimDataSourceBuilder(new NpgsqlConnectionStringBuilder
        {
            Host = local?.Address.ToString() ?? target.Host,
            Port = local?.Port ?? target.Place.Port,
            Username = target.User,
            Password = password,
            Database = target.Database ?? target.User,
            SslMode = steps.Done.Any(step => step.Name == "tls") ? SslMode.VerifyFull : SslMode.Disable,
            Pooling = false,
            ApplicationName = "socks5egress check",
        }.ConnectionString);
        builder.EnableTransportSecurity();
        builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = target.Host);
        try
        {
            await using var source = builder.Build();
            await using var command = source.CreateCommand("select host(inet_client_addr())");
            var seen = await command.ExecuteScalarAsync(token) as string;
            return seen is null ? new Finding("not told") : new Finding("sees " + seen, Egress: seen);
        }
        catch (PostgresException refused)
        {
            return new Finding("refused", $"The server refuses the session; it says: {Bytes.Printable(refused.MessageText)}.");
        }
        catch (NpgsqlException failed) when (failed.InnerException is IOException or SocketException or TimeoutException)
        {
            throw new IOException(failed.InnerException.Message, failed.InnerException);
        }
    });
}
