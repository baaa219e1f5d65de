using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>A name that is right, and a server that does not serve: the client is told so in its own protocol.</summary>
public sealed class SniFailureTests
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];
    private static readonly byte[] InternalError = [21, 3, 3, 0, 2, 2, 80];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_alert_is_internal_error_and_the_log_says_why(string transport)
    {
        using var names = new NameServer(IPAddress.Loopback);
        using var nobody = FreePort.Reserve();
        await using var plain = RawTarget.Start(static async target =>
        {
            await target.ReceiveAsync(SslRequest.Length);
            await target.SendAsync("N"u8.ToArray());
            await target.ReceiveToEndAsync();
        });
        await using var gone = RawTarget.Start(static async target =>
        {
            await target.ReceiveAsync(SslRequest.Length);
            target.Finish();
        });
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options =
            [
                .. GatewayProcess.OpenLoopback, "--resolver", names.EndPoint.ToString(), "--forward",
                string.Create(CultureInfo.InvariantCulture,
                    $"127.0.0.1:0=sni:refused.test:{((IPEndPoint)nobody.LocalEndPoint!).Port},plain.test:{plain.EndPoint.Port},gone.test:{gone.EndPoint.Port}"),
            ],
        });
        foreach (var (name, asks, end) in new[]
        {
            ("refused.test", true, "target-refused"), ("refused.test", false, "target-refused"), ("plain.test", true, "plaintext-refused"), ("gone.test", true, "target-fin"),
        })
        {
            using var client = await AskAsync(gateway, asks);
            await client.SendAsync(RawHello.Of(name));
            await client.AssertRestAsync(InternalError, Ending.Fin);
            var line = await gateway.Log.SessionEndAsync(client);
            Assert.True((line.GetProperty("end").GetString(), line.GetProperty("tls_sni").GetString()) == (end, name), line.ToString());
        }
    }

    /// <summary>What a person sees: a TLS library's own sentence.</summary>
    [Fact]
    public async Task A_client_of_TLS_says_that_it_was_the_servers_fault()
    {
        using var names = new NameServer(IPAddress.Loopback);
        using var nobody = FreePort.Reserve();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = ["--resolver", names.EndPoint.ToString(), "--allow", "127.0.0.0/8", "--forward", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0=sni:db.test:{((IPEndPoint)nobody.LocalEndPoint!).Port}")],
        });
        var result = await ExternalProgram.RunAsync("openssl", ["s_client", "-connect", gateway.Forward().ToString(), "-servername", "db.test", "-starttls", "postgres"]);
        Assert.Contains("alert internal error", result.Error, StringComparison.Ordinal);
    }

    private static async Task<RawConnection> AskAsync(GatewayProcess gateway, bool asks)
    {
        var connection = await RawConnection.ConnectAsync(gateway.Forward());
        if (!asks) return connection;
        await connection.SendAsync(SslRequest);
        Assert.Equal("S"u8.ToArray(), await connection.ReceiveAsync(1));
        return connection;
    }
}
