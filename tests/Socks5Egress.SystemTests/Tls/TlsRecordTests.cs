using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>Records that are allowed and that no library makes, and those that are not: the target gets what was said, or a reset.</summary>
public sealed class TlsRecordTests : IDisposable
{
    private static readonly string Script = RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node", "tls-records.mjs");

    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    public static TheoryData<string, string> Allowed => EachTransport.With("empty 20", "byte 3000", "padded 200", "keyupdate 1", "keyupdate 2000", "warning 4");

    public static TheoryData<string, string> Forbidden => EachTransport.With("empty 5000", "warning 20", "fatal 1", "hello 1", "oversize 1", "plain 1");

    [Theory, MemberData(nameof(Allowed))]
    public async Task What_is_allowed_is_passed_on_whole(string transport, string records)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await StartAsync(transport, target);
        // One byte in front of them and one behind
        var bytes = 2 + records switch { "byte 3000" => 3000, "padded 200" => 200, _ => 0 };
        Assert.Equal($"{bytes} close-notify", await RunAsync(gateway, records));
        // A stranger may come by: another test's client whose gateway had this port before
        var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("stage").GetString() == "relay");
        Assert.Equal(("client-fin", bytes), (end.GetProperty("end").GetString(), end.GetProperty("bytes_up").GetInt32()));
    }

    [Theory, MemberData(nameof(Forbidden))]
    public async Task What_is_not_is_a_reset_for_the_target(string transport, string records)
    {
        await using var target = RawTarget.Start();
        await using var gateway = await StartAsync(transport, target);
        var running = RunAsync(gateway, records);
        using var peer = await target.AcceptAsync();
        var (bytes, ending) = await peer.ReceiveToEndAsync();
        Assert.Equal(Ending.Reset, ending);
        Assert.DoesNotContain((byte)'>', bytes);
        await running;
        Assert.Equal("client-reset", (await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("stage").GetString() == "relay")).GetProperty("end").GetString());
    }

    private static async Task<string> RunAsync(GatewayProcess gateway, string records)
    {
        var result = await ExternalProgram.RunAsync("node", [Script, $"{gateway.Forward().Port}", .. records.Split(' ')]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output.Trim();
    }

    private Task<GatewayProcess> StartAsync(string transport, RawTarget target)
    {
        var certificate = _certificates.Server();
        return ForwardGateway.StartAsync(
            transport, "--forward", $"127.0.0.1:0={target.EndPoint}", "--tls-cert", certificate.File, "--tls-key", certificate.KeyFile);
    }
}
