using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Deploy;

/// <summary>deploy/prometheus: promtool takes the configuration, and each alert fires when it should. That the metrics exist is seen by the unit tests.</summary>
public sealed class PrometheusRuleTests
{
    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    public async Task Promtool_finds_no_fault(params string[] words)
    {
        Assert.SkipUnless(Tool.Exists("promtool"), "promtool is not installed (Debian: prometheus)");
        var ran = await ExternalProgram.RunAsync("bash", ["-c", $"cd '{RepositoryRoot.Of("deploy", "prometheus")}' && exec promtool {string.Join(' ', words)}"]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("SUCCESS", ran.Output + ran.Error, StringComparison.Ordinal);
    }
}
