using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>Other people's clients through TLS: curl, openssl, Node; and what scanners look for.</summary>
public sealed class TlsProgramTests : IDisposable
{
    private static readonly string Script = RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node", "tls.mjs");

    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Curl_by_https_proxy_tunnelled(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = Answering();
        var result = await CurlAsync(gateway, target, _certificates.AuthorityFile);
        Assert.Equal((0, "hello"), (result.ExitCode, result.Output));
        using var other = new Certificates();
        var refused = await CurlAsync(gateway, target, other.AuthorityFile);
        Assert.True(refused.ExitCode != 0 && refused.Error.Contains("certificate", StringComparison.Ordinal), refused.ToString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Curl_with_a_client_certificate(string transport)
    {
        await using var gateway = await StartAsync(transport, "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("reports"));
        await using var target = Answering();
        var client = _certificates.Client("reports");
        var result = await CurlAsync(gateway, target, _certificates.AuthorityFile, "--proxy-cert", client.File, "--proxy-key", client.KeyFile);
        Assert.Equal((0, "hello"), (result.ExitCode, result.Output));
        Assert.NotEqual(0, (await CurlAsync(gateway, target, _certificates.AuthorityFile)).ExitCode);
        await gateway.Log.WaitAsync("session.end", end => end.GetProperty("user").GetString() == "reports");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Node_through_tls_and_socks(string transport)
    {
        await using var gateway = await StartAsync(transport, "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("node"));
        await using var target = Answering();
        var client = _certificates.Client("node");
        var result = await ExternalProgram.RunAsync("node", [Script], new Dictionary<string, string>
        {
            ["GATEWAY_PORT"] = $"{gateway.EndPoint.Port}", ["TARGET_PORT"] = $"{target.EndPoint.Port}", ["CA_FILE"] = _certificates.AuthorityFile,
            ["CERT_FILE"] = client.File, ["KEY_FILE"] = client.KeyFile,
        });
        Assert.True(result is { ExitCode: 0 } && result.Output.EndsWith("hello", StringComparison.Ordinal), result.ToString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_finds_1_2_and_1_3_and_nothing_older(string transport)
    {
        await using var gateway = await StartAsync(transport);
        Assert.Contains("Protocol  : TLSv1.2", (await OpensslAsync(gateway, "", "-tls1_2")).Output, StringComparison.Ordinal);
        Assert.Contains("TLSv1.3", (await OpensslAsync(gateway, "", "-tls1_3")).Output, StringComparison.Ordinal);
        foreach (var old in (string[])["-tls1", "-tls1_1"])
        {
            // At level 0 openssl itself would still do it
            var result = await OpensslAsync(gateway, "", old, "-cipher", "DEFAULT:@SECLEVEL=0");
            Assert.True(result.ExitCode != 0 && result.Error.Contains("alert protocol version", StringComparison.Ordinal), result.ToString());
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_resumes_its_session(string transport)
    {
        await using var gateway = await StartAsync(transport);
        Assert.Contains("Reused, TLSv1.2", (await OpensslAsync(gateway, "", "-tls1_2", "-reconnect")).Output, StringComparison.Ordinal);
    }

    /// <summary>A resumed session brings the client's certificate without those between it and the authority.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_resumes_with_a_certificate_of_an_authority_between(string transport)
    {
        await using var target = Answering();
        await using var gateway = await StartAsync(transport,
            "--forward", $"127.0.0.1:0={target.EndPoint}", "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("reports"));
        var (client, between) = _certificates.ClientThroughAnother("reports");
        using var folder = new TemporaryFolder();
        foreach (var version in (string[])["-tls1_2", "-tls1_3"])
        {
            var session = Path.Combine(folder.Path, version);
            foreach (var isFirst in (bool[])[true, false, false])
            {
                string[] resume = isFirst ? [] : ["-sess_in", session];
                var result = await ExternalProgram.RunAsync("openssl",
                [
                    "s_client", "-connect", gateway.Forward().ToString(), version, "-cert", client.File, "-key", client.KeyFile,
                    "-cert_chain", between, "-sess_out", session, "-ign_eof", .. resume,
                ], input: "GET / HTTP/1.1\r\n\r\n");
                Assert.Contains(isFirst ? "New, TLSv1" : "Reused, TLSv1", result.Output, StringComparison.Ordinal);
                Assert.Contains("hello", result.Output, StringComparison.Ordinal);
            }
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_gets_no_suite_of_TLS_1_2_with_CBC(string transport)
    {
        await using var gateway = await StartAsync(transport);
        var blocks = await OpensslAsync(gateway, "", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE+SHA");
        Assert.True(blocks.ExitCode != 0 && blocks.Error.Contains("alert handshake failure", StringComparison.Ordinal), blocks.ToString());
        Assert.Equal(0, (await OpensslAsync(gateway, "", "-tls1_2", "-cipher", "ECDHE+CHACHA20")).ExitCode);

        // c027 and c028 need an RSA key
        var rsa = _certificates.RsaServer();
        await using var other = await GatewayProcess.StartAsync(transport, "--tls-cert", rsa.File, "--tls-key", rsa.KeyFile);
        foreach (var suite in (string[])["ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA384"])
        {
            var refused = await OpensslAsync(other, "", "-tls1_2", "-cipher", suite);
            Assert.True(refused.ExitCode != 0 && refused.Error.Contains("alert handshake failure", StringComparison.Ordinal), refused.ToString());
        }
        Assert.Equal(0, (await OpensslAsync(other, "", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")).ExitCode);
    }

    /// <summary>At level 0 openssl itself takes a short key for its own.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_with_an_RSA_key_below_2048_bits_is_nobody(string transport)
    {
        await using var target = Answering();
        await using var gateway = await StartAsync(transport,
            "--forward", $"127.0.0.1:0={target.EndPoint}", "--tls-client-ca", _certificates.AuthorityFile, "--config", _certificates.Accounts("reports"));
        foreach (var (bits, version) in new[] { (2048, "-tls1_2"), (1024, "-tls1_2"), (1024, "-tls1_3") })
        {
            var client = _certificates.RsaClient("reports", bits);
            var result = await ExternalProgram.RunAsync("openssl",
            [
                "s_client", "-connect", gateway.Forward().ToString(), version, "-cipher", "DEFAULT:@SECLEVEL=0", "-cert", client.File, "-key", client.KeyFile, "-ign_eof",
            ], input: "GET / HTTP/1.1\r\n\r\n");
            Assert.True(bits == 2048 == result.Output.Contains("hello", StringComparison.Ordinal), result.ToString());

            // So is who has a good key, from an authority whose key is short
            var (through, between) = _certificates.ClientThroughRsa("reports", bits);
            result = await ExternalProgram.RunAsync("openssl",
            [
                "s_client", "-connect", gateway.Forward().ToString(), version, "-cipher", "DEFAULT:@SECLEVEL=0", "-cert", through.File, "-key", through.KeyFile,
                "-cert_chain", between, "-ign_eof",
            ], input: "GET / HTTP/1.1\r\n\r\n");
            Assert.True(bits == 2048 == result.Output.Contains("hello", StringComparison.Ordinal), result.ToString());
        }
        Assert.Equal(2, target.Accepted);
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Select(end => end.GetProperty("end").GetString())
            .Count(end => end is "bad-client-certificate" or "tls-handshake-failed") == 4, () => gateway.Log.Text);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_cannot_renegotiate(string transport)
    {
        await using var gateway = await StartAsync(transport);
        // A line with R alone asks for it
        var result = await OpensslAsync(gateway, "R\n", "-tls1_2");
        Assert.Contains("RENEGOTIATING", result.Output + result.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Secure Renegotiation IS supported", (await OpensslAsync(gateway, "", "-tls1_2")).Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_sees_a_chain_that_verifies_and_no_compression(string transport)
    {
        await using var gateway = await StartAsync(transport);
        var result = await OpensslAsync(gateway, "", "-verify_return_error", "-verify_hostname", "localhost", "-CAfile", _certificates.AuthorityFile);
        Assert.Contains("Verify return code: 0 (ok)", result.Output, StringComparison.Ordinal);
        Assert.Contains("Compression: NONE", result.Output, StringComparison.Ordinal);
    }

    /// <summary>A client that knows nothing of proxies: TLS is between it and the gateway, the target has none.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Openssl_and_curl_to_a_static_forward(string transport)
    {
        await using var target = Answering();
        await using var gateway = await StartAsync(transport, "--forward", $"127.0.0.1:0={target.EndPoint}");
        var forward = gateway.Forward();
        var openssl = await ExternalProgram.RunAsync("openssl",
            ["s_client", "-connect", forward.ToString(), "-quiet", "-verify_return_error", "-CAfile", _certificates.AuthorityFile], input: "GET / HTTP/1.1\r\n\r\n");
        Assert.True(openssl is { ExitCode: 0 } && openssl.Output.EndsWith("\r\n\r\nhello", StringComparison.Ordinal), openssl.ToString());
        var curl = await ExternalProgram.RunAsync("curl",
            ["--silent", "--show-error", "--max-time", "30", "--cacert", _certificates.AuthorityFile, $"https://localhost:{forward.Port}/"]);
        Assert.Equal((0, "hello"), (curl.ExitCode, curl.Output));
    }

    private static Task<ProgramResult> CurlAsync(GatewayProcess gateway, RawTarget target, string authority, params string[] options) =>
        ExternalProgram.RunAsync("curl",
        [
            "--silent", "--show-error", "--max-time", "30", "--proxy", $"https://localhost:{gateway.EndPoint.Port}", "--proxytunnel",
            "--proxy-cacert", authority, .. options, $"http://{target.EndPoint}/",
        ]);

    private static Task<ProgramResult> OpensslAsync(GatewayProcess gateway, string input, params string[] options) =>
        ExternalProgram.RunAsync("openssl", ["s_client", "-connect", gateway.EndPoint.ToString(), .. options], input: input);

    private static RawTarget Answering() => RawTarget.Start(async peer =>
    {
        await peer.ReceiveSomeAsync(new byte[4096]);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
        peer.Finish();
        await peer.ReceiveToEndAsync();
    });

    private Task<GatewayProcess> StartAsync(string transport, params string[] options)
    {
        var certificate = _certificates.Server();
        return GatewayProcess.StartAsync(transport, ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, .. options]);
    }
}
