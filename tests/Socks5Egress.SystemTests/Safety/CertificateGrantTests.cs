using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>What a client came in with, TLS and its certificate, while a reload asks for something else.</summary>
public sealed class CertificateGrantTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_certificate_ends_with_its_authority_and_with_its_account(string transport)
    {
        using var ours = new Certificates();
        using var others = new Certificates();
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var server = ours.Server();
        var authorities = folder.Write("clients.pem", File.ReadAllText(ours.AuthorityFile) + "\n" + File.ReadAllText(others.AuthorityFile));
        var accounts = folder.Write("accounts.json", Accounts("kept", "gone", "theirs"));
        await using var gateway = await GatewayProcess.StartAsync(
            transport, "--config", accounts, "--tls-cert", server.File, "--tls-key", server.KeyFile, "--tls-client-ca", authorities);
        await using var kept = await OpenAsync(ours.Client("kept"));
        await using var gone = await OpenAsync(ours.Client("gone"));
        await using var theirs = await OpenAsync(others.Client("theirs"));

        folder.Write("accounts.json", Accounts("kept", "theirs"));
        await AssertEndsAsync(gone, "account:certificate");
        await AssertGoesOnAsync(theirs);
        folder.Write("clients.pem", File.ReadAllText(ours.AuthorityFile));
        await AssertEndsAsync(theirs, "account:certificate");
        await AssertGoesOnAsync(kept);

        // The other authority alone: nothing of ours is left
        folder.Write("clients.pem", File.ReadAllText(others.AuthorityFile));
        await AssertEndsAsync(kept, "account:certificate");

        async Task<TlsClient> OpenAsync(MadeCertificate certificate)
        {
            var client = await TlsClient.ConnectAsync(gateway, certificate);
            Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
            return client;
        }

        async Task AssertEndsAsync(TlsClient client, string rule)
        {
            gateway.Signal(Signals.HangUp);
            var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
            Assert.Equal(("now-forbidden", rule), (end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_listener_that_gets_TLS_has_no_plain_sessions_any_more(string transport)
    {
        using var certificates = new Certificates();
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var server = certificates.Server();
        var config = folder.Write("gateway.json", Configuration(""));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, ListensByFile = true, Options = ["--config", config] });
        using var changes = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var asking = await RawClient.GreetAsync(gateway);
        using var stays = await RawConnection.ConnectAsync(gateway.EndPoints[1]);
        await stays.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target.EndPoint)]);
        await stays.ReceiveAsync(12);

        folder.Write("gateway.json", Configuration($$""", "Tls": { "Cert": "{{server.File}}", "Key": "{{server.KeyFile}}" }"""));
        gateway.Signal(Signals.HangUp);
        foreach (var plain in new[] { changes, asking })
        {
            Assert.Empty((await plain.ReceiveToEndAsync()).Bytes);
            var end = await gateway.Log.SessionEndAsync(plain.Local);
            Assert.Equal(("now-forbidden", "listener:tls"), (end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));
        }
        await using (var secured = await TlsClient.ConnectAsync(gateway))
        {
            Assert.Equal(ReplyCode.Succeeded, await secured.RequestAsync(Socks5.Connect(target.EndPoint)));
        }
        await stays.SendAsync("goes on"u8.ToArray());
        Assert.Equal("goes on"u8.ToArray(), await stays.ReceiveAsync(7));

        static string Configuration(string tls) =>
            $$"""{ "Listeners": [{ "Address": "127.0.0.1:0"{{tls}} }, { "Address": "127.0.0.1:0" }], "Policy": { "Allow": ["127.0.0.0/8"] } }""";
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Who_was_named_by_a_sender_that_may_not_any_more_ends(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var config = folder.Write("gateway.json", Configuration("127.0.0.0/8"));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--config", config] });
        var one = await OpenAsync("127.0.0.7");
        var other = await OpenAsync("127.0.0.8");

        folder.Write("gateway.json", Configuration("127.0.0.8"));
        gateway.Signal(Signals.HangUp);
        await one.ReceiveToEndAsync();
        var end = await gateway.Log.WaitAsync("session.end");
        Assert.Equal(("now-forbidden", "listener:proxy-protocol"), (end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));
        await other.SendAsync("goes on"u8.ToArray());
        Assert.Equal("goes on"u8.ToArray(), await other.ReceiveAsync(7));
        one.Dispose();
        other.Dispose();

        static string Configuration(string senders) =>
            $$"""{ "ProxyProtocol": "required", "ProxyProtocolFrom": ["{{senders}}"], "Policy": { "Allow": ["127.0.0.0/8"] } }""";

        async Task<RawConnection> OpenAsync(string from)
        {
            var client = await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse(from));
            await client.SendAsync((byte[])
            [
                .. Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.5 192.0.2.1 4711 1080\r\n"), .. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target.EndPoint),
            ]);
            Assert.Equal(0, (await client.ReceiveAsync(12))[3]);
            return client;
        }
    }

    private static string Accounts(params string[] names) => $$"""{ "Accounts": { {{string.Join(", ", names.Select(name => $"\"{name}\": {{}}"))}} } }""";

    private static async Task AssertGoesOnAsync(TlsClient client)
    {
        await client.SendAsync("goes on"u8.ToArray());
        Assert.Equal("goes on"u8.ToArray(), await client.ReceiveAsync(7));
    }
}
