using System.Net.Sockets;
using System.Security.Authentication;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>TLS in front of a listener, as its clients see it.</summary>
public sealed class TlsServerTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Megabytes_pass_both_ways_and_a_half_close_too(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start();
        await using var client = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
        using var peer = await target.AcceptAsync();
        var bytes = new byte[4 << 20];
        new Random(7).NextBytes(bytes);

        var up = client.SendAsync(bytes);
        Assert.Equal(bytes, await peer.ReceiveAsync(bytes.Length));
        await up;
        await client.FinishAsync();
        await peer.AssertRestAsync([], Ending.Fin);
        var down = peer.SendAsync(bytes);
        Assert.Equal(bytes, await client.ReceiveAsync(bytes.Length));
        await down;
        peer.Finish();
        Assert.Empty(await client.ReceiveRestAsync());
        var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
        Assert.Equal("client-fin", end.GetProperty("end").GetString());
        Assert.Equal(bytes.Length, end.GetProperty("bytes_up").GetInt64());
        Assert.Equal(bytes.Length, end.GetProperty("bytes_down").GetInt64());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Bytes_both_ways_at_once_end_in_order_however_the_ends_meet(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start(async peer =>
        {
            var sending = Pattern.SendAsync(peer, 256 << 10);
            await peer.ReceiveAsync(256 << 10);
            await sending;
            peer.Finish();
            await peer.ReceiveToEndAsync();
        });
        for (var i = 0; i < 20; i++)
        {
            await using var client = await TlsClient.ConnectAsync(gateway);
            Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
            var sending = client.SendAsync(new byte[256 << 10]);
            Assert.Equal(256 << 10, (await client.ReceiveRestAsync()).Length);
            await sending;
            await client.FinishAsync();
            Assert.EndsWith("-fin", (await gateway.Log.SessionEndAsync(client.Raw.Local)).GetProperty("end").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Bytes_behind_the_request_reach_the_target(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start();
        await using var client = await TlsClient.ConnectAsync(gateway);
        await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        await client.ReceiveAsync(2);
        await client.SendAsync((byte[])[.. Socks5.Connect(target.EndPoint), .. "in the same record"u8]);
        await client.SendAsync(" and in the next"u8.ToArray());
        using var peer = await target.AcceptAsync();
        Assert.Equal("in the same record and in the next"u8.ToArray(), await peer.ReceiveAsync(34));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_fin_without_close_notify_is_an_end_of_its_own(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start();
        await using var client = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
        using var peer = await target.AcceptAsync();
        client.Raw.Finish();
        await peer.AssertRestAsync([], Ending.Reset);
        var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
        Assert.Equal("client-truncated", end.GetProperty("end").GetString());
        Assert.Equal("client", end.GetProperty("side").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_breaks_is_no_close_notify(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start();
        await using var client = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
        using var peer = await target.AcceptAsync();
        peer.Reset();
        await Assert.ThrowsAnyAsync<IOException>(client.ReceiveRestAsync);
        Assert.Equal("target-reset", (await gateway.Log.SessionEndAsync(client.Raw.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Nothing_but_tls_gets_an_answer(string transport)
    {
        await using var gateway = await StartAsync(transport, "--handshake-timeout", "1s");
        using (var plain = await RawConnection.ConnectAsync(gateway.EndPoint))
        {
            await plain.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
            await plain.SendAsync(new byte[64]);
            var (bytes, _) = await plain.ReceiveToEndAsync();
            Assert.DoesNotContain(bytes, static each => each == 5);
            Assert.Equal("tls-handshake-failed", (await gateway.Log.SessionEndAsync(plain.Local)).GetProperty("end").GetString());
        }

        using var slow = await RawConnection.ConnectAsync(gateway.EndPoint);
        await slow.SendAsync(new byte[] { 0x16, 3, 1 });
        await slow.ReceiveToEndAsync();
        Assert.Equal("handshake-timeout", (await gateway.Log.SessionEndAsync(slow.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_certificate_swapped_on_disk_is_the_next_clients_and_old_sessions_go_on(string transport)
    {
        var served = _certificates.Server();
        await using var gateway = await StartAsync(transport, served);
        await using var target = RawTarget.Start();
        await using var old = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await old.RequestAsync(Socks5.Connect(target.EndPoint)));
        using var peer = await target.AcceptAsync();

        var next = _certificates.Server();
        Certificates.Replace(served, next);
        await gateway.Log.WaitAsync("tls.certificate");
        await using (var client = await TlsClient.ConnectAsync(gateway))
        {
            Assert.Equal(next.Certificate.SerialNumber, client.Gateway.SerialNumber);
            Assert.NotEqual(next.Certificate.SerialNumber, old.Gateway.SerialNumber);
        }

        await old.SendAsync("still here"u8.ToArray());
        Assert.Equal("still here"u8.ToArray(), await peer.ReceiveAsync(10));

        File.WriteAllText(served.KeyFile, "broken");
        await gateway.Log.WaitAsync("gateway.reload-refused", entry =>
            entry.GetProperty("errors").GetString()!.Contains($"the key in '{served.KeyFile}' is none in PEM", StringComparison.Ordinal));
        await using var last = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(next.Certificate.SerialNumber, last.Gateway.SerialNumber);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_certificate_is_the_login_and_its_name_the_user(string transport)
    {
        using var folder = new TemporaryFolder();
        var users = await StoredUsers.WriteAsync(folder, ("app", "s3cret"));
        await using var gateway = await StartAsync(transport, "--tls-client-ca", _certificates.AuthorityFile, "--users", users, "--config", _certificates.Accounts("reports"));
        await using var target = RawTarget.Start();

        await using (var known = await TlsClient.ConnectAsync(gateway, _certificates.Client("reports")))
        {
            Assert.Equal(ReplyCode.Succeeded, await known.RequestAsync(Socks5.Connect(target.EndPoint)));
            await known.FinishAsync();
            (await target.AcceptAsync()).Dispose();
            var end = await gateway.Log.SessionEndAsync(known.Raw.Local);
            Assert.Equal("reports certificate reports", string.Join(' ', new[] { "user", "login", "subject" }.Select(name => end.GetProperty(name).GetString())));
        }

        await using (var unknown = await TlsClient.ConnectAsync(gateway))
        {
            await unknown.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
            Assert.Equal([5, 0xFF], await unknown.ReceiveAsync(2));
        }

        await using (var login = await TlsClient.ConnectAsync(gateway))
        {
            await login.SendAsync(Socks5.Greeting(Socks5.UserPassword));
            await login.ReceiveAsync(2);
            await login.SendAsync(Socks5.Login("app", "s3cret"));
            Assert.Equal([1, 0], await login.ReceiveAsync(2));
            await login.FinishAsync();
            Assert.Equal("password", (await gateway.Log.SessionEndAsync(login.Raw.Local)).GetProperty("login").GetString());
        }

        await AssertRefusedAsync(gateway, _certificates.SelfSigned());
        await AssertRefusedAsync(gateway, _certificates.Server());
        // A name that nobody has, or that is not quite somebody's, is nobody
        await AssertRefusedAsync(gateway, _certificates.Client("stranger"));
        await AssertRefusedAsync(gateway, _certificates.Client("Reports"));
        foreach (var name in (string[])["\"reports \"", "\" reports\"", "\"reports\u00a0\"", "\"\u200breports\"", "\"reports\t\""])
            await AssertRefusedAsync(gateway, _certificates.Client(name));
        // One that may sign certificates could make itself anybody
        await AssertRefusedAsync(gateway, _certificates.AuthorityClient("reports"));
        await AssertServedAsync(gateway, _certificates.RsaClient("reports", 2048));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_account_that_is_removed_or_a_certificate_that_is_taken_back_is_out(string transport)
    {
        var (reports, batch) = (_certificates.Client("reports"), _certificates.Client("batch"));
        await using var gateway = await StartAsync(
            transport, "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("reports", "batch"), "--tls-client-crl", _certificates.Revoked());
        await AssertServedAsync(gateway, reports);
        await AssertServedAsync(gateway, batch);

        _certificates.Revoked(batch);
        await gateway.Log.WaitAsync("gateway.reloaded");
        await AssertRefusedAsync(gateway, batch);
        await AssertServedAsync(gateway, reports);

        _certificates.Accounts("batch");
        await Deadline.UntilAsync(() => gateway.Log.Of("gateway.reloaded").Count == 2, () => gateway.Log.Text);
        await AssertRefusedAsync(gateway, reports);
    }

    private static async Task AssertServedAsync(GatewayProcess gateway, MadeCertificate certificate)
    {
        await using var client = await TlsClient.ConnectAsync(gateway, certificate);
        await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_certificate_s_own_name_leads_to_the_account_that_says_so(string transport)
    {
        foreach (var name in (string[])["spiffe://example.com/billing", "Billing Worker"])
        {
            await using var gateway = await StartAsync(
                transport, "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.AccountOf("billing", name));
            await using var target = RawTarget.Start();
            var isUri = name.Contains(':', StringComparison.Ordinal);
            var certificate = isUri ? _certificates.UriClient("somebody", name) : _certificates.Client(name);
            await using (var known = await TlsClient.ConnectAsync(gateway, certificate))
            {
                Assert.Equal(ReplyCode.Succeeded, await known.RequestAsync(Socks5.Connect(target.EndPoint)));
                await known.FinishAsync();
                (await target.AcceptAsync()).Dispose();
                var end = await gateway.Log.SessionEndAsync(known.Raw.Local);
                Assert.Equal($"billing {name}", string.Join(' ', new[] { "user", "subject" }.Select(field => end.GetProperty(field).GetString())));
            }

            await AssertRefusedAsync(gateway, isUri ? _certificates.UriClient("somebody", name + "/other") : _certificates.Client("billing worker"));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Any_name_of_a_certificate_is_somebody_only_where_that_is_said(string transport)
    {
        await using var gateway = await StartAsync(transport, "--tls-client-ca", _certificates.AuthorityFile, "--tls-client-users", "any");
        await AssertServedAsync(gateway, _certificates.Client("stranger"));
        await AssertRefusedAsync(gateway, _certificates.Client("\"stranger \""));
        await AssertRefusedAsync(gateway, _certificates.SelfSigned());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Without_users_there_is_no_way_in_without_a_certificate(string transport)
    {
        await using var gateway = await StartAsync(transport, "--tls-client-ca", _certificates.AuthorityFile);
        await AssertRefusedAsync(gateway, null);
    }

    private static async Task AssertRefusedAsync(GatewayProcess gateway, MadeCertificate? certificate)
    {
        var before = Refused();
        try
        {
            // With TLS 1.3 the client is done before the gateway has judged its certificate
            await using var client = await TlsClient.ConnectAsync(gateway, certificate);
            await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
            Assert.Empty(await client.ReceiveRestAsync());
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException or SocketException)
        {
            // An alert, or a close
        }

        await Deadline.UntilAsync(() => Refused() == before + 1, () => gateway.Log.Text);

        int Refused() => gateway.Log.Of("session.end").Count(end => end.GetProperty("end").GetString() == "bad-client-certificate");
    }

    private Task<GatewayProcess> StartAsync(string transport, params string[] options) => StartAsync(transport, _certificates.Server(), options);

    private static Task<GatewayProcess> StartAsync(string transport, MadeCertificate certificate, params string[] options) =>
        GatewayProcess.StartAsync(transport, ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, .. options]);
}
