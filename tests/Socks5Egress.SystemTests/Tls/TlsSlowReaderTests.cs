using System.Security.Cryptography;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>Inside TLS as outside it: silence is judged by what the peers acknowledge.</summary>
public sealed class TlsSlowReaderTests : IDisposable
{
    // All of it fits into the gateway's send queue: it takes it at once, and nothing more flows through the relay
    private const int Answer = 480 * 1024, Piece = 8 * 1024, Window = 16 * 1024;

    private readonly Certificates _certificates = new();

    public static TheoryData<string, string> Ways => EachTransport.With("--idle-timeout", "--half-close-timeout");

    public void Dispose() => _certificates.Dispose();

    [Theory, MemberData(nameof(Ways))]
    public async Task A_steady_slow_reader_is_not_silent(string transport, string option)
    {
        await using var gateway = await StartAsync(transport, option, "1s");
        await using var target = RawTarget.Start();
        await using var client = await OpenAsync(gateway, target);
        using var peer = await target.AcceptAsync();
        await client.FinishAsync();
        await peer.AssertRestAsync([], Ending.Fin);
        var answer = RandomNumberGenerator.GetBytes(Answer);
        var sending = peer.SendAsync(answer);
        for (var read = 0; read < Answer; read += Piece)
        {
            Assert.Equal(answer[read..(read + Piece)], await client.ReceiveAsync(Piece));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
        await sending;
        peer.Finish();
        Assert.Empty(await client.ReceiveRestAsync());
        var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
        Assert.Equal("client-fin", end.GetProperty("end").GetString());
        Assert.Equal(Answer, end.GetProperty("bytes_down").GetInt32());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_reader_that_has_stopped_is_cut_and_what_it_never_got_is_not_counted(string transport, string option)
    {
        await using var gateway = await StartAsync(transport, option, "1s");
        await using var target = RawTarget.Start();
        await using var client = await OpenAsync(gateway, target);
        using var peer = await target.AcceptAsync();
        await client.FinishAsync();
        await peer.AssertRestAsync([], Ending.Fin);
        await peer.SendAsync(new byte[Answer]);
        var end = await gateway.Log.SessionEndAsync(client.Raw.Local);
        Assert.Equal(option[2..], end.GetProperty("end").GetString());
        // Past TLS: how much of it came, and that no FIN stands behind it
        var (bytes, ending) = await client.Raw.ReceiveToEndAsync();
        Assert.Equal(Ending.Reset, ending);
        Assert.InRange(end.GetProperty("bytes_down").GetInt32(), bytes.Length * 9 / 10, Answer / 2);
    }

    private static async Task<TlsClient> OpenAsync(GatewayProcess gateway, RawTarget target)
    {
        var client = await TlsClient.ConnectAsync(gateway.EndPoint, receiveBuffer: Window);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
        return client;
    }

    private Task<GatewayProcess> StartAsync(string transport, params string[] options)
    {
        var certificate = _certificates.Server();
        return GatewayProcess.StartAsync(transport, ["--tls-cert", certificate.File, "--tls-key", certificate.KeyFile, .. options]);
    }
}
