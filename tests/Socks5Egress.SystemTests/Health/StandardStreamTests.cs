using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>A service manager or script may start it with standard streams closed.</summary>
public sealed class StandardStreamTests
{
    [Theory]
    [InlineData("2>&-")]
    [InlineData("1>&-")]
    [InlineData("0<&-")]
    [InlineData("0<&- 1>&-")]
    [InlineData("1>&- 2>&-")]
    [InlineData("0<&- 1>&- 2>&-")]
    public async Task It_serves_and_its_log_lands_nowhere_else(string closed)
    {
        using var folder = new TemporaryFolder();
        var (output, error) = (Path.Combine(folder.Path, "output"), Path.Combine(folder.Path, "error"));
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        // The shell's own streams go to files, then those of the list are closed
        await using (var gateway = await GatewayProcess.StartUnheardAsync(new GatewayStart
        {
            Transport = "auto",
            Options = GatewayProcess.OpenLoopback,
            Through = ["sh", "-c", $"exec \"$@\" >'{output}' 2>'{error}' {closed}", "sh"],
        }))
        {
            for (var i = 0; i < 3; i++)
            {
                using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
                await client.SendAsync("served"u8.ToArray());
                Assert.Equal("served"u8.ToArray(), await client.ReceiveAsync(6));
            }
            for (var descriptor = 0; descriptor <= 2; descriptor++)
            {
                if (!IsClosed(descriptor)) continue;
                Assert.Equal("/dev/null", new FileInfo($"/proc/{gateway.Pid}/fd/{descriptor}").LinkTarget);
            }
            Assert.Equal(0, await gateway.StopAsync());
        }
        Assert.Empty(await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        var log = await File.ReadAllTextAsync(error, TestContext.Current.CancellationToken);
        Assert.Equal(IsClosed(2), log.Length == 0);
        Assert.DoesNotContain("fault", log, StringComparison.Ordinal);

        bool IsClosed(int descriptor) => closed.Contains($"{descriptor}{(descriptor == 0 ? '<' : '>')}&-", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_are_the_same_when_it_had_to_begin_anew()
    {
        var result = await ExternalProgram.RunAsync("sh", ["-c", "exec \"$0\" explain - 'a b.example:443' --allow '*.exämple.com' 0<&-", GatewayProcess.Executable]);
        var usual = await ExternalProgram.RunAsync(GatewayProcess.Executable, ["explain", "-", "a b.example:443", "--allow", "*.exämple.com"]);
        Assert.Equal(usual.ToString(), result.ToString());
    }
}
