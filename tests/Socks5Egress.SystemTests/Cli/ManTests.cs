using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary><c>man</c> prints what groff sets without a warning.</summary>
public sealed class ManTests
{
    [Fact]
    public async Task Groff_sets_the_page_without_a_warning()
    {
        var page = await ExternalProgram.RunAsync(GatewayProcess.Executable, ["man"]);
        Assert.Equal((0, ""), (page.ExitCode, page.Error));
        Assert.SkipUnless(Tool.Exists("groff"), "groff is not installed: the manual page was not set");
        // A long word that cannot be broken is no fault
        var set = await ExternalProgram.RunAsync("groff", ["-man", "-Tutf8", "-ww", "-W", "break", "-P-cbou"], input: page.Output);
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        Assert.Contains("--max-sessions", set.Output, StringComparison.Ordinal);
        Assert.Contains("EXIT STATUS", set.Output, StringComparison.Ordinal);
    }
}
