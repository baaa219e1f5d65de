using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Udp;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Each kind of live thing that came in by a certificate, TLS handshakes under way among them, while a reload takes back what vouched for it.</summary>
public sealed class TlsGrantTests : IDisposable
{
    private readonly Certificates _ours = new();
    private readonly Certificates _others = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _ours.Dispose();
        _others.Dispose();
    }

    public static TheoryData<string, string> Changes() => EachTransport.With("authority replaced", "certificate taken back", "account removed", "listener removed", "clients");

    [Theory, MemberData(nameof(Changes))]
    public async Task What_a_certificate_opened_ends_with_it(string transport, string change)
    {
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        using var hole = await BlackHole.OpenAsync();
        using var silent = UdpClientOfTest.New(System.Net.IPAddress.Loopback);
        var (server, client) = (_ours.Server(), _ours.Client("app"));
        Configure("");
        var authority = _folder.Write("ca.pem", File.ReadAllText(_ours.AuthorityFile));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport, ListensByFile = true,
            Options =
            [
                "--config", Path.Combine(_folder.Path, "gateway.json"), "--tls-cert", server.File, "--tls-key", server.KeyFile, "--tls-client-ca", authority,
                "--tls-client-crl", _ours.Revoked(), "--resolver", silent.LocalEndPoint!.ToString()!, "--connect-timeout", "50s",
            ],
        });
        var things = new Dictionary<string, TlsClient>
        {
            ["relay"] = await AskAsync(Socks5.Connect(echo.EndPoint), answered: true),
            ["dial"] = await AskAsync(Socks5.Connect(hole.EndPoint)),
            ["lookup"] = await AskAsync(Socks5.Connect("slow.example", 443)),
            ["wait"] = await AskAsync(Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], 21), answered: true),
            ["association"] = await AskAsync(Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0), answered: true),
            ["greeted"] = await AskAsync([]),
            ["request"] = await TlsClient.ConnectAsync(gateway, client),
            ["asking"] = await TlsClient.ConnectAsync(gateway, client),
            ["silent"] = await TlsClient.ConnectAsync(gateway, client),
        };
        await things["request"].SendAsync(Encoding.ASCII.GetBytes($"GET http://{hole.EndPoint}/ HTTP/1.1\r\nHost: {hole.EndPoint}\r\n\r\n"));
        await things["asking"].SendAsync("GET http://slow.example/ HTTP/1.1\r\nHost: slow.example\r\n\r\n"u8.ToArray());
        var underWay = await Task.WhenAll(new[] { SslProtocols.Tls12, SslProtocols.Tls13 }.Select(version => HeldHandshake.BeginAsync(gateway.EndPoint, client, version)));
        // What is still asking has arrived at its lookup or dial
        await Deadline.UntilAsync(async () => (await AdminPage.GetAsync(gateway, "/sessions")).Body.Split("\"dialling\"").Length > 2, () => gateway.Log.Text);

        switch (change)
        {
            case "authority replaced":
                _folder.Write("ca.pem", File.ReadAllText(_others.AuthorityFile));
                File.Copy(_others.Revoked(), _ours.Revoked(), overwrite: true);
                break;
            case "certificate taken back":
                _ours.Revoked(client);
                break;
            default:
                Configure(change);
                break;
        }
        var (status, body) = await AdminPage.PostAsync(gateway, "/reload");
        Assert.True((int)status == 200, body);

        var rule = change switch { "listener removed" => "listener:none", "clients" => "listener:clients", _ => "account:certificate" };
        foreach (var (thing, connection) in things)
        {
            var rest = await RestAsync(connection);
            if (thing is "dial" or "lookup" or "wait") Assert.Equal("05020001000000000000", Convert.ToHexString(rest));
            else Assert.DoesNotContain("200", Encoding.Latin1.GetString(rest), StringComparison.Ordinal);
            var end = await gateway.Log.SessionEndAsync(connection.Raw.Local);
            Assert.Equal((thing, "now-forbidden", rule), (thing, end.GetProperty("end").GetString(), end.GetProperty("rule").GetString()));
            await connection.DisposeAsync();
        }
        foreach (var handshake in underWay)
        {
            Assert.False(await handshake.IsServedAsync());
            var end = await gateway.Log.SessionEndAsync(handshake.Local);
            Assert.Contains(end.GetProperty("end").GetString(), (string[])["now-forbidden", "bad-client-certificate"]);
            Assert.Equal(System.Text.Json.JsonValueKind.Null, end.GetProperty("target").ValueKind);
            handshake.Dispose();
        }

        async Task<TlsClient> AskAsync(byte[] request, bool answered = false)
        {
            var connection = await TlsClient.ConnectAsync(gateway, client);
            await connection.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. request]);
            Assert.Equal([5, 0], await connection.ReceiveAsync(2));
            if (answered) Assert.Equal(ReplyCode.Succeeded, (await connection.ReceiveAsync(10))[1]);
            return connection;
        }
    }

    private void Configure(string change)
    {
        var listen = change == "listener removed" ? "" : "\"127.0.0.1:0\", ";
        var account = change == "account removed" ? "other" : "app";
        var clients = change == "clients" ? "192.0.2.0/24" : "127.0.0.0/8";
        _folder.Write("gateway.json",
            $$"""{ "Listen": [{{listen}}"127.0.0.2:0"], "Clients": ["{{clients}}"], "Accounts": { "{{account}}": {} }, "Enable": ["bind", "udp"], "Policy": { "Allow": ["127.0.0.0/8"] } }""");
    }

    private static async Task<byte[]> RestAsync(TlsClient client)
    {
        using var rest = new MemoryStream();
        using var deadline = Deadline.Token();
        try
        {
            await client.Stream.CopyToAsync(rest, deadline.Token);
        }
        catch (IOException)
        {
            // An end without a close-notify
        }
        return rest.ToArray();
    }

    /// <summary>A client that has heard the gateway's first flight and keeps its own second one, with the certificate in it, until it is let go.</summary>
    private sealed class HeldHandshake : IDisposable
    {
        private readonly RawConnection _raw;
        private readonly HeldStream _wire;
        private readonly SslStream _tls;
        private readonly Task _shaking;

        private HeldHandshake(RawConnection raw, MadeCertificate client, SslProtocols version)
        {
            _raw = raw;
            _wire = new HeldStream(raw.Socket);
            _tls = new SslStream(_wire);
            _shaking = _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost", EnabledSslProtocols = version,
                RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
                ClientCertificateContext = SslStreamCertificateContext.Create(client.Certificate, null, offline: true),
            }, TestContext.Current.CancellationToken);
        }

        public System.Net.IPEndPoint Local => _raw.Local;

        public static async Task<HeldHandshake> BeginAsync(System.Net.IPEndPoint gateway, MadeCertificate client, SslProtocols version)
        {
            var handshake = new HeldHandshake(await RawConnection.ConnectAsync(gateway), client, version);
            await handshake._wire.Held.WaitAsync(Deadline.Step, TestContext.Current.CancellationToken);
            return handshake;
        }

        /// <summary>Lets it go on, and whether its greeting is answered then.</summary>
        public async Task<bool> IsServedAsync()
        {
            _wire.Release();
            try
            {
                using var deadline = Deadline.Token();
                await _shaking.WaitAsync(deadline.Token);
                await _tls.WriteAsync(Socks5.Greeting(Socks5.NoAuthentication), deadline.Token);
                return await _tls.ReadAtLeastAsync(new byte[2], 2, throwOnEndOfStream: false, deadline.Token) == 2;
            }
            catch (Exception refused) when (refused is IOException or AuthenticationException or SocketException)
            {
                return false;
            }
        }

        public void Dispose()
        {
            _tls.Dispose();
            _raw.Dispose();
        }
    }

    /// <summary>Passes the first write on; the second waits.</summary>
    private sealed class HeldStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _writes;

        public Task Held => _held.Task;

        public void Release() => _released.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_writes++ > 0)
            {
                _held.TrySetResult();
                await _released.Task.WaitAsync(cancellationToken);
            }
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
