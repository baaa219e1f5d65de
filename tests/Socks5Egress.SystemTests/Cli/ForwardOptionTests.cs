using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>Static forwards that cannot be: the name of what is wrong, and the exit code.</summary>
public sealed class ForwardOptionTests
{
    [Theory]
    [InlineData("5432", "--forward: '5432' is not LISTEN=HOST:PORT")]
    [InlineData("127.0.0.1:0=db.example.com", "--forward: 'db.example.com' is not HOST:PORT")]
    [InlineData("here=db.example.com:1", "--forward: 'here' is not ADDR:PORT")]
    public async Task A_wrong_forward_ends_with_2(string text, string error) => Assert.Contains(
        await Cli.RefusedAsync(["run", "--forward", text]), line => line.Contains(error, StringComparison.Ordinal));

    [Fact]
    public async Task A_wrong_one_in_the_environment_and_in_the_file_is_named_by_its_place()
    {
        Assert.Contains(
            await Cli.RefusedAsync(["check"], ("SOCKS5EGRESS_Forwards__1", "x"), ("SOCKS5EGRESS_Forwards__0", "1=a.example:1")),
            line => line.Contains("SOCKS5EGRESS_Forwards__1", StringComparison.Ordinal));

        using var folder = new TemporaryFolder();
        var file = folder.Write("gateway.json", """{ "Forwards": [{ "Listen": "1", "Targets": ["a.example:1"], "Preset": "oracle" }] }""");
        Assert.Contains(
            await Cli.RefusedAsync(["run", "--config", file]), line => line.Contains("gateway.json: Forwards[0].Preset: 'oracle'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_ends_with_1_and_names_the_forward()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var result = await Cli.RunAsync(["run", "--listen", "127.0.0.1:0", "--admin", "off", "--forward", $"{taken.LocalEndPoint}=db.example.com:1"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"--forward {taken.LocalEndPoint}: another program listens there", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_holds_is_printed_and_can_be_a_file_again()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("gateway.json", """{ "Forwards": [{ "Listen": "1", "Targets": ["a.example", "b.example:2"], "Preset": "redis" }] }""");
        var printed = await Cli.RunAsync(["check", "--json", "--config", file]);
        Assert.True(printed.ExitCode == 0, printed.ToString());
        using var document = System.Text.Json.JsonDocument.Parse(printed.Output);
        var again = folder.Write("again.json", document.RootElement.GetProperty("configuration").GetRawText());
        var text = (await Cli.RunAsync(["check", "--config", again])).Output;
        Assert.Contains("Forwards.0.Targets = a.example, b.example:2", text, StringComparison.Ordinal);
        Assert.Contains("Forwards.0.Preset = redis", text, StringComparison.Ordinal);
    }
}
