using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>Our own clients through TLS: the package, and <c>forward</c>.</summary>
public sealed class TlsViaTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_package_carries_bytes_and_ends(string transport)
    {
        await using var gateway = await StartAsync(transport, _certificates.Server());
        await using var target = RawTarget.Start();
        await using var stream = await ConnectAsync(gateway, target, $"?ca={_certificates.AuthorityFile}");
        using var peer = await target.AcceptAsync();
        var bytes = new byte[1 << 20];
        new Random(3).NextBytes(bytes);
        using var deadline = Deadline.Token();
        var writing = stream.WriteAsync(bytes, deadline.Token).AsTask();
        Assert.Equal(bytes, await peer.ReceiveAsync(bytes.Length));
        await writing;
        await peer.SendAsync("answer"u8.ToArray());
        peer.Finish();
        using var answer = new StreamReader(stream);
        Assert.Equal("answer", await answer.ReadToEndAsync(deadline.Token));
        stream.Dispose();
        // A client of another test whose gateway had this port may have a line of its own
        var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("target").GetString() == target.EndPoint.ToString());
        Assert.Equal("target-fin", end.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_package_shows_a_certificate(string transport)
    {
        await using var gateway = await StartAsync(transport, _certificates.Server(), "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("reports"));
        await using var target = RawTarget.Start(static peer => peer.ReceiveToEndAsync());
        var client = _certificates.Client("reports");
        var ca = $"?ca={_certificates.AuthorityFile}";
        await (await ConnectAsync(gateway, target, $"{ca}&cert={client.File}&key={client.KeyFile}")).DisposeAsync();
        await gateway.Log.WaitAsync("session.end", end => end.GetProperty("user").GetString() == "reports");
        await Assert.ThrowsAsync<Socks5Exception>(() => ConnectAsync(gateway, target, ca));
    }

    [Fact]
    public async Task What_is_wrong_with_a_certificate_is_said()
    {
        var ca = $"?ca={_certificates.AuthorityFile}";
        await SaysAsync(_certificates.Server(validDays: -1), ca, "expired on ");
        await SaysAsync(_certificates.Server("other.example"), ca, "is not for 'localhost' but for other.example");
        await SaysAsync(_certificates.CommonNameServer(), ca, "is not for 'localhost' but for no name at all");
        await SaysAsync(_certificates.SelfSigned(), ca, "is self-signed and not trusted here");
        await SaysAsync(_certificates.SelfSigned(), "", "is self-signed and not trusted here");
        await SaysAsync(_certificates.Server(), "", "is from an authority that is not trusted here (CN=Test authority ");
        await SaysAsync(_certificates.Server(), "?ca=missing.pem", "A file that socks5+tls:// names");
    }

    [Fact]
    public async Task A_self_signed_certificate_may_be_its_own_authority()
    {
        var alone = _certificates.SelfSigned();
        await using var gateway = await StartAsync("sockets", alone);
        await using var target = RawTarget.Start();
        await (await ConnectAsync(gateway, target, $"?ca={alone.File}")).DisposeAsync();
    }

    [Fact]
    public async Task A_gateway_without_tls_is_said()
    {
        await using var gateway = await GatewayProcess.StartAsync("sockets");
        await using var target = RawTarget.Start();
        var failure = await Assert.ThrowsAsync<Socks5Exception>(() => ConnectAsync(gateway, target, ""));
        Assert.Equal(Socks5Stage.Secure, failure.Stage);
        Assert.Contains("ended the TLS handshake", failure.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Forward_speaks_it(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await StartAsync(transport, _certificates.Server());
        await using var target = RawTarget.Start(async peer =>
        {
            await peer.ReceiveSomeAsync(new byte[4096]);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
            peer.Finish();
            await peer.ReceiveToEndAsync();
        });
        var socket = Path.Combine(folder.Path, "db");
        var result = await ExternalProgram.RunAsync(GatewayProcess.Executable,
        [
            "forward", $"unix:{socket}={target.EndPoint}", "--via", Via(gateway, $"?ca={_certificates.AuthorityFile}"),
            "--", "curl", "--silent", "--unix-socket", socket, "http://target/",
        ]);
        Assert.Equal((0, "hello"), (result.ExitCode, result.Output));
    }

    private async Task SaysAsync(MadeCertificate certificate, string query, string words)
    {
        await using var gateway = await StartAsync("sockets", certificate);
        await using var target = RawTarget.Start();
        var failure = await Assert.ThrowsAsync<Socks5Exception>(() => ConnectAsync(gateway, target, query));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Equal((Socks5Stage.Secure, false), (failure.Stage, failure.IsTransient));
        Assert.Equal(0, target.Accepted);
    }

    private static async Task<Stream> ConnectAsync(GatewayProcess gateway, RawTarget target, string query)
    {
        using var deadline = Deadline.Token();
        return await new Socks5Client(Socks5Proxy.Parse(Via(gateway, query)))
            .ConnectAsync(target.EndPoint.Address.ToString(), target.EndPoint.Port, deadline.Token);
    }

    private static string Via(GatewayProcess gateway, string query) => $"socks5+tls://localhost:{gateway.EndPoint.Port}{query}";

    private static Task<GatewayProcess> StartAsync(string transport, MadeCertificate certificate, params string[] options) =>
        GatewayProcess.StartAsync(transport, ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, .. options]);
}
