using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>Which listeners have TLS, and what may stand in front of it or run inside.</summary>
public sealed class TlsListenerTests : IDisposable
{
    private readonly Certificates _certificates = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Dispose();
    }

    /// <summary>Both sides would wait for each other: a greeting has three bytes, a TLS record five at least.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_speaks_no_TLS_is_closed_at_once(string transport)
    {
        var certificate = _certificates.Server();
        await using var gateway = await GatewayProcess.StartAsync(transport, "--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, "--handshake-timeout", "10m");
        foreach (var first in (byte[][])[[5], Socks5.Greeting(Socks5.NoAuthentication), [4, 1, 0, 80], "CONNECT a:1 HTTP/1.1\r\n"u8.ToArray()])
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(first);
            Assert.Equal("tls-handshake-failed", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Listeners_and_forwards_have_a_certificate_of_their_own_or_the_general_one_or_none(string transport)
    {
        var (general, own) = (_certificates.Server(), _certificates.Server());
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var configuration = _folder.Write("gateway.json", JsonSerializer.Serialize(new
        {
            Tls = Files(general),
            Listeners = new object[]
            {
                new { Address = "127.0.0.1:0" },
                new { Address = "127.0.0.1:0", Tls = Files(own) },
                new { Address = "127.0.0.1:0", Tls = new { Cert = "off" } },
            },
            Forwards = new object[]
            {
                new { Listen = "127.0.0.1:0", Targets = new[] { target.EndPoint.ToString() } },
                new { Listen = "127.0.0.1:0", Targets = new[] { target.EndPoint.ToString() }, Tls = Files(own) },
                new { Listen = "127.0.0.1:0", Targets = new[] { target.EndPoint.ToString() }, Tls = new { Cert = "off" } },
            },
        }));
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = ["--config", configuration], ListensByFile = true });

        Assert.Equal(3, gateway.EndPoints.Count);
        await ServesAsync(gateway.EndPoints[0], general);
        await ServesAsync(gateway.EndPoints[1], own);
        using (var plain = await RawConnection.ConnectAsync(gateway.EndPoints[2]))
        {
            await plain.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
            Assert.Equal([5, 0], await plain.ReceiveAsync(2));
        }

        await EchoesAsync(gateway.Forward(0), general);
        await EchoesAsync(gateway.Forward(1), own);
        using var bare = await RawConnection.ConnectAsync(gateway.Forward(2));
        await bare.SendAsync("as it is"u8.ToArray());
        Assert.Equal("as it is"u8.ToArray(), await bare.ReceiveAsync(8));

        // One reload renews them wherever they are served
        var (nextGeneral, nextOwn) = (_certificates.Server(), _certificates.Server());
        Certificates.Replace(general, nextGeneral);
        Certificates.Replace(own, nextOwn);
        foreach (var file in new[] { general.File, own.File }) await gateway.Log.WaitAsync("tls.certificate", entry => entry.GetProperty("file").GetString() == file);
        await ServesAsync(gateway.EndPoints[0], nextGeneral);
        await ServesAsync(gateway.EndPoints[1], nextOwn);
        await EchoesAsync(gateway.Forward(0), nextGeneral);
        await EchoesAsync(gateway.Forward(1), nextOwn);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_forward_serves_certified_clients_as_their_account_says(string transport)
    {
        var users = await StoredUsers.WriteAsync(_folder, ("near", "x"), ("far", "x"));
        var configuration = _folder.Write("gateway.json", JsonSerializer.Serialize(
            new { Accounts = new { near = new { Clients = new[] { "127.0.0.0/8" } }, far = new { Clients = new[] { "192.0.2.0/24" } } } }));
        var certificate = _certificates.Server();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await ForwardGateway.StartAsync(
            transport, "--config", configuration, "--users", users, "--forward", $"127.0.0.1:0={target.EndPoint}",
            "--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, "--tls-client-ca", _certificates.AuthorityFile);

        await using (var near = await TlsClient.ConnectAsync(gateway.Forward(), _certificates.Client("near")))
        {
            await near.SendAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await near.ReceiveAsync(5));
            await near.FinishAsync();
            Assert.Empty(await near.ReceiveRestAsync());
            var served = await gateway.Log.SessionEndAsync(near.Raw.Local);
            Assert.Equal(("near", "forward", "client-fin"), (Text(served, "user"), Text(served, "protocol"), Text(served, "end")));
        }

        await using (var far = await TlsClient.ConnectAsync(gateway.Forward(), _certificates.Client("far")))
        {
            Assert.Empty(await far.ReceiveRestAsync());
            await far.FinishAsync();
            var refused = await gateway.Log.SessionEndAsync(far.Raw.Local);
            Assert.Equal(("far", "policy-denied", "account:clients"), (Text(refused, "user"), Text(refused, "end"), Text(refused, "rule")));
        }

        // A forward asks for no password: who shows no certificate is nobody
        try
        {
            await using var nobody = await TlsClient.ConnectAsync(gateway.Forward());
            await nobody.ReceiveRestAsync();
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            // An alert
        }
        await gateway.Log.WaitAsync("session.end", static entry => Text(entry, "end") == "bad-client-certificate");
        Assert.Equal(1, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_PROXY_header_stands_in_front_of_TLS(string transport)
    {
        await using var gateway = await StartAsync(transport, "--proxy-protocol", "required");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var header = "PROXY TCP4 203.0.113.5 198.51.100.7 51000 1443\r\n"u8.ToArray();
        await using (var client = await TlsClient.ConnectAsync(gateway.EndPoint, before: header))
        {
            Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
            await client.SendAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
            await client.FinishAsync();
        }
        Assert.Equal("client-fin", Text(await gateway.Log.SessionEndAsync(IPEndPoint.Parse("203.0.113.5:51000")), "end"));

        // The other way round, the handshake is no header
        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ConnectAsync(gateway.EndPoint));
        await gateway.Log.WaitAsync("session.end", static entry => Text(entry, "end") == "bad-proxy-header");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task SOCKS4a_and_names_go_inside(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var port = target.EndPoint.Port;
        await using (var old = await TlsClient.ConnectAsync(gateway))
        {
            await old.SendAsync((byte[])[4, 1, (byte)(port >> 8), (byte)port, 0, 0, 0, 1, .. "me\0localhost\0"u8]);
            Assert.Equal(0x5A, (await old.ReceiveAsync(8))[1]);
            await AnswersAsync(old);
            await old.FinishAsync();
            var end = await gateway.Log.SessionEndAsync(old.Raw.Local);
            Assert.Equal(("socks4", $"localhost:{port}"), (Text(end, "protocol"), Text(end, "target")));
        }

        await using var client = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect("localhost", port)));
        await AnswersAsync(client);
    }

    private static async Task AnswersAsync(TlsClient client)
    {
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
    }

    private static async Task ServesAsync(IPEndPoint listener, MadeCertificate certificate)
    {
        await using var client = await TlsClient.ConnectAsync(listener);
        Assert.Equal(certificate.Certificate.SerialNumber, client.Gateway.SerialNumber);
        await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
    }

    private static async Task EchoesAsync(IPEndPoint forward, MadeCertificate certificate)
    {
        await using var client = await TlsClient.ConnectAsync(forward);
        Assert.Equal(certificate.Certificate.SerialNumber, client.Gateway.SerialNumber);
        await AnswersAsync(client);
    }

    private static string? Text(JsonElement entry, string name) => entry.GetProperty(name).GetString();

    private static object Files(MadeCertificate certificate) => new { Cert = certificate.File, Key = certificate.KeyFile };

    private Task<GatewayProcess> StartAsync(string transport, params string[] options)
    {
        var certificate = _certificates.Server();
        return GatewayProcess.StartAsync(transport, ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, .. options]);
    }
}
