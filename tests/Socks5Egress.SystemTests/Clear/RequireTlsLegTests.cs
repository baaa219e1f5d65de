using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary><c>--require-tls enforce</c> behind the other ways to ask for a target: SOCKS4a, HTTP CONNECT, and SOCKS5 inside TLS.</summary>
public sealed class RequireTlsLegTests
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];
    private static readonly byte[] Startup = [0, 0, 0, 17, 0, 3, 0, 0, .. "user\0a\0\0\0"u8];
    private static readonly byte[] Hello = RawHello.Of("db.example.com");

    public static TheoryData<string, string> Ways => EachTransport.With("socks4a", "http", "tls");

    [Theory, MemberData(nameof(Ways))]
    public async Task What_is_in_clear_is_refused_and_what_turns_to_TLS_is_carried(string transport, string way)
    {
        using var certificates = new Certificates();
        var certificate = certificates.Server();
        string[] tls = way == "tls" ? ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile] : [];
        await using var gateway = await GatewayProcess.StartAsync(transport, ["--require-tls", "enforce", .. tls]);
        await using var server = RawTarget.Start();
        // The first bytes right behind the request, and after its reply
        foreach (var isEarly in new[] { true, false })
        {
            await using var client = await AskAsync(gateway, way, server.EndPoint.Port, isEarly ? Startup : []);
            using var target = await server.AcceptAsync();
            if (!isEarly) await client.SendAsync(Startup);
            Assert.Contains("C28000", Encoding.Latin1.GetString(await client.ReceiveRestAsync()), StringComparison.Ordinal);
            await target.AssertRestAsync([], Ending.Fin);
            Assert.Equal("plaintext-refused", (await gateway.Log.SessionEndAsync(client.Raw.Local)).GetProperty("end").GetString());
        }
        foreach (var isEarly in new[] { true, false })
        {
            await using var client = await AskAsync(gateway, way, server.EndPoint.Port, isEarly ? SslRequest : []);
            using var target = await server.AcceptAsync();
            if (!isEarly) await client.SendAsync(SslRequest);
            Assert.Equal(SslRequest, await target.ReceiveAsync(SslRequest.Length));
            await target.SendAsync("S"u8.ToArray());
            Assert.Equal("S"u8.ToArray(), await client.ReceiveAsync(1));
            await client.SendAsync(Hello);
            Assert.Equal(Hello, await target.ReceiveAsync(Hello.Length));
            await target.SendAsync((byte[])[.. RawHello.Answer, .. Hello]);
            var answer = await client.ReceiveAsync(RawHello.Answer.Length + Hello.Length);
            Assert.Equal([.. RawHello.Answer, .. Hello], answer);
            await client.FinishAsync();
            await target.AssertRestAsync([], Ending.Fin);
            target.Finish();
            Assert.Empty(await client.ReceiveRestAsync());
            var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
            Assert.Equal(("client-fin", "postgres", "1.3"), (end.GetProperty("end").GetString(), end.GetProperty("upgrade").GetString(), end.GetProperty("tls_version").GetString()));
        }
    }

    /// <summary>A client that has its target, whatever it was asked through.</summary>
    private static async Task<Asked> AskAsync(GatewayProcess gateway, string way, int port, byte[] early)
    {
        var (high, low) = ((byte)(port >> 8), (byte)port);
        var client = await Asked.ConnectAsync(gateway, isTls: way == "tls");
        switch (way)
        {
            case "socks4a":
                await client.SendAsync([4, 1, high, low, 0, 0, 0, 1, 0, .. Encoding.ASCII.GetBytes("localhost\0"), .. early]);
                Assert.Equal(0x5A, (await client.ReceiveAsync(8))[1]);
                break;
            case "http":
                await client.SendAsync([.. Encoding.ASCII.GetBytes($"CONNECT localhost:{port} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), .. early]);
                for (var head = ""; !head.EndsWith("\r\n\r\n", StringComparison.Ordinal);)
                {
                    head += (char)(await client.ReceiveAsync(1))[0];
                    Assert.StartsWith(head.Length < 12 ? head : "HTTP/1.1 200", head, StringComparison.Ordinal);
                }
                break;
            default:
                await client.SendAsync([.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect("localhost", port), .. early]);
                Assert.Equal(0, (await client.ReceiveAsync(12))[3]);
                break;
        }
        return client;
    }

    /// <summary>A connection in clear or inside TLS.</summary>
    private sealed class Asked(RawConnection raw, TlsClient? tls) : IAsyncDisposable
    {
        public RawConnection Raw => raw;

        public static async Task<Asked> ConnectAsync(GatewayProcess gateway, bool isTls)
        {
            if (!isTls) return new Asked(await RawConnection.ConnectAsync(gateway.EndPoint), null);
            var tls = await TlsClient.ConnectAsync(gateway);
            return new Asked(tls.Raw, tls);
        }

        public Task SendAsync(byte[] bytes) => tls?.SendAsync(bytes) ?? raw.SendAsync(bytes);

        public Task<byte[]> ReceiveAsync(int count) => tls?.ReceiveAsync(count) ?? raw.ReceiveAsync(count);

        public async Task<byte[]> ReceiveRestAsync() => tls is null ? (await raw.ReceiveToEndAsync()).Bytes : await tls.ReceiveRestAsync();

        public async Task FinishAsync()
        {
            if (tls is null) raw.Finish();
            else await tls.FinishAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (tls is not null) await tls.DisposeAsync();
            raw.Dispose();
        }
    }
}
