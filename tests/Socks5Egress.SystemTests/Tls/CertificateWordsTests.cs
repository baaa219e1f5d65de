using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>What <c>forward</c> and <c>check</c> say of a gateway's certificate; the package's own words are in <see cref="TlsViaTests"/>.</summary>
public sealed class CertificateWordsTests : IDisposable
{
    private readonly Certificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("expired", "expired on ")]
    [InlineData("wrong name", "is not for 'localhost' but for other.example")]
    [InlineData("common name alone", "is not for 'localhost' but for no name at all")]
    [InlineData("self-signed", "is self-signed and not trusted here")]
    public async Task Forward_and_check_say_what_is_wrong(string fault, string words)
    {
        var certificate = fault switch
        {
            "expired" => _certificates.Server(validDays: -1),
            "wrong name" => _certificates.Server("other.example"),
            "common name alone" => _certificates.CommonNameServer(),
            _ => _certificates.SelfSigned(),
        };
        await using var gateway = await StartAsync("auto", certificate);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);

        var forward = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["forward", $"0={target.EndPoint}", "--via", Via(gateway), "--wait=10s"]);
        Assert.True(forward.ExitCode == 1 && forward.Error.Contains(words, StringComparison.Ordinal), forward.ToString());
        var check = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["check", target.EndPoint.ToString(), "--via", Via(gateway)]);
        Assert.True(check.ExitCode == 1 && check.Output.Contains(words, StringComparison.Ordinal), check.ToString());
        // check goes directly as well, for comparison
        Assert.Equal(0, gateway.Log.Of("session.end").Count(static entry => entry.GetProperty("command").GetString() is not null));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Check_goes_through_tls_to_a_name(string transport)
    {
        await using var gateway = await StartAsync(transport, _certificates.Server());
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var check = await Socks5Egress.SystemTests.Cli.Cli.RunAsync(["check", $"localhost:{target.EndPoint.Port}", "--via", Via(gateway)]);
        Assert.True(check.ExitCode == 0, check.ToString());
        var end = await gateway.Log.WaitAsync("session.end", static entry => entry.GetProperty("command").GetString() == "connect");
        Assert.Equal($"localhost:{target.EndPoint.Port}", end.GetProperty("target").GetString());
    }

    private string Via(GatewayProcess gateway) => $"socks5+tls://localhost:{gateway.EndPoint.Port}?ca={_certificates.AuthorityFile}";

    private static Task<GatewayProcess> StartAsync(string transport, MadeCertificate certificate) =>
        GatewayProcess.StartAsync(transport, "--tls-cert", certificate.File, "--tls-key", certificate.KeyFile);
}
