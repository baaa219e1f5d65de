using System.Globalization;
using Socks5Egress.Fly.Toml;
using Xunit;

namespace Socks5Egress.Tests.Program.Fly.Toml;

public class FlyTomlAuditTests
{
    private const string Clean = """
        app = "egress"
        kill_signal = "SIGTERM"
        kill_timeout = "300s"
        [deploy]
        strategy = "rolling"
        wait_timeout = "15m"
        [env]
        SOCKS5EGRESS_Listen = "[::]:1080"
        SOCKS5EGRESS_Admin = "0.0.0.0:9180"
        SOCKS5EGRESS_Timeouts__Drain = "280s"
        [checks.ready]
        port = 9180
        interval = "15s"
        timeout = "5s"
        [metrics]
        port = 9180
        path = "/metrics"
        """;

    [Theory]
    [InlineData("SOCKS5EGRESS_ALLOW", "10.0.0.0/8", "SOCKS5EGRESS_Policy__Allow__0")]
    [InlineData("SOCKS5EGRESS_Policy__Defualt", "none", "SOCKS5EGRESS_Policy__Default")]
    [InlineData("SOCKS5EGRESS_Policy__Default", "nothing", "'nothing' is none of public, none")]
    [InlineData("SOCKS5EGRESS_Limits__Sessions", "many", "'many' is not a number")]
    [InlineData("SOCKS5EGRESS_Timeouts__Idle", "10", "'10' has no unit")]
    public void What_the_loader_would_refuse_is_told(string name, string value, string words)
    {
        var file = TomlFile.Read(Clean.Replace("[checks.ready]", $"{name} = \"{value}\"\n[checks.ready]", StringComparison.Ordinal), out _)!;
        var finding = Assert.Single(FlyTomlAudit.Audit(file));
        Assert.Equal((Severity.Warning, "env." + name, 11), (finding.Severity, finding.Key, finding.Line));
        Assert.StartsWith("stops the gateway from starting: ", finding.Sentence, StringComparison.Ordinal);
        Assert.Contains(words, finding.Sentence, StringComparison.Ordinal);
    }

    private const string Flycast = """
        [[services]]
        internal_port = 1080
        auto_stop_machines = "off"
        [[services.ports]]
        port = 1080
        handlers = ["proxy_proto"]
        [services.concurrency]
        soft_limit = 600
        hard_limit = 1000
        [[services.tcp_checks]]
        interval = "15s"
        """;

    [Theory]
    [InlineData("fly.toml")]
    [InlineData("deploy/fly.flycast.toml")]
    public void The_files_that_are_shipped_have_no_finding_beyond_notes(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "fly.toml"))) folder = folder.Parent;
        Assert.DoesNotContain(Audit(File.ReadAllText(Path.Combine(folder.FullName, file))), finding => finding.Severity > Severity.Note);
    }

    [Fact]
    public void A_clean_file_has_no_finding() => Assert.Empty(Audit(Clean));

    [Theory]
    [InlineData("kill_signal = \"SIGTERM\"", "", "kill_signal", 1)]
    [InlineData("kill_signal = \"SIGTERM\"", "kill_signal = \"SIGKILL\"", "kill_signal", 2)]
    [InlineData("kill_timeout = \"300s\"", "", "kill_timeout", 1)]
    [InlineData("kill_timeout = \"300s\"", "kill_timeout = 300", "kill_timeout", 3)]
    [InlineData("kill_timeout = \"300s\"", "kill_timeout = \"10m\"", "kill_timeout", 3)]
    [InlineData("kill_timeout = \"300s\"", "kill_timeout = \"300\"", "kill_timeout", 3)]
    [InlineData("kill_timeout = \"300s\"", "kill_timeout = \"1m30s\"", "env.SOCKS5EGRESS_Timeouts__Drain", 10)]
    [InlineData("Drain = \"280s\"", "Drain = \"300s\"", "env.SOCKS5EGRESS_Timeouts__Drain", 10)]
    [InlineData("Drain = \"280s\"", "Drain = \"280\"", "env.SOCKS5EGRESS_Timeouts__Drain", 10)]
    [InlineData("strategy = \"rolling\"", "strategy = \"bluegreen\"", "deploy.strategy", 5)]
    [InlineData("strategy = \"rolling\"", "strategy = \"immediate\"", "deploy.strategy", 5)]
    [InlineData("wait_timeout = \"15m\"", "wait_timeout = 900", "deploy.wait_timeout", 6)]
    [InlineData("interval = \"15s\"", "interval = 15", "checks.ready.interval", 13)]
    [InlineData("interval = \"15s\"", "interval = \"15\"", "checks.ready.interval", 13)]
    [InlineData("interval = \"15s\"", "interval = \"15ms\"", "checks.ready.interval", 13)]
    [InlineData("timeout = \"5s\"", "timeout = \"90s\"", "checks.ready.timeout", 14)]
    [InlineData("port = 9180\npath", "port = 9091\npath", "metrics.port", 16)]
    [InlineData("path = \"/metrics\"", "path = \"/\"", "metrics.path", 17)]
    [InlineData("[checks.ready]", "OTEL_RESOURCE_ATTRIBUTES = \"a=b,region=fra\"\n[checks.ready]", "env.OTEL_RESOURCE_ATTRIBUTES", 11)]
    [InlineData("[checks.ready]", "SOCKS5EGRESS_USERS = \"app:x\"\n[checks.ready]", "env.SOCKS5EGRESS_USERS", 11)]
    [InlineData("[checks.ready]", "FLY_NAME = \"x\"\n[checks.ready]", "env.FLY_NAME", 11)]
    [InlineData("[checks.ready]", "NUMBER = 1\n[checks.ready]", "env.NUMBER", 11)]
    [InlineData("\"[::]:1080\"", "\"127.0.0.1:1080\"", "env.SOCKS5EGRESS_Listen", 8)]
    [InlineData("[checks.ready]", "SOCKS5EGRESS_Identity__Mode = \"gate\"\n[checks.ready]", "env.SOCKS5EGRESS_Identity__Mode", 11)]
    [InlineData("[checks.ready]", "SOCKS5EGRESS_Identity__Expect = \"198.51.100.7\"\n[checks.ready]", "env.SOCKS5EGRESS_Identity__Expect", 11)]
    [InlineData("[metrics]", "[http_service]\ninternal_port = 1080\n[http_service.concurrency]\nsoft_limit = 600\nhard_limit = 900\n[metrics]", "http_service", 15)]
    public void A_fault_is_named_with_its_key_and_its_line(string right, string wrong, string key, int line)
    {
        var text = Lines(Clean);
        Assert.Contains(right, text);
        var finding = Assert.Single(Audit(text.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.True(finding.Severity > Severity.Note);
        Assert.Equal((key, line), (finding.Key, finding.Line));
    }

    [Fact]
    public void A_service_is_critical_unless_a_PROXY_header_is_required()
    {
        var open = Audit(Clean + "\n" + Flycast.Replace("\"proxy_proto\"", "", StringComparison.Ordinal));
        Assert.Equal((Severity.Critical, "services", 18), Assert.Single(open.Select(finding => (finding.Severity, finding.Key, finding.Line))));

        var flycast = Audit(WithHeader() + "\n" + Flycast);
        Assert.Equal((Severity.Note, "services"), Assert.Single(flycast.Select(finding => (finding.Severity, finding.Key))));
    }

    [Theory]
    [InlineData("auto_stop_machines = \"off\"", "auto_stop_machines = \"suspend\"", "services.auto_stop_machines", 21)]
    [InlineData("auto_stop_machines = \"off\"", "auto_stop_machines = true", "services.auto_stop_machines", 21)]
    [InlineData("soft_limit = 600", "soft_limit = 20", "services.concurrency.soft_limit", 26)]
    [InlineData("soft_limit = 600", "", "services.concurrency.soft_limit", 19)]
    [InlineData("hard_limit = 1000", "hard_limit = 2000", "services.concurrency.hard_limit", 27)]
    [InlineData("\"proxy_proto\"", "", "services.ports.handlers", 24)]
    [InlineData("interval = \"15s\"", "interval = 15", "services.tcp_checks.interval", 29)]
    public void A_fault_of_a_service_is_named_with_its_key_and_its_line(string right, string wrong, string key, int line)
    {
        var text = Lines(Flycast);
        Assert.Contains(right, text);
        var finding = Assert.Single(
            Audit(WithHeader() + "\n" + text.Replace(right, wrong, StringComparison.Ordinal)), finding => finding.Severity > Severity.Note);
        Assert.Equal((key, line), (finding.Key, finding.Line));
    }

    [Fact]
    public void What_is_no_TOML_is_a_fault_with_its_position()
    {
        Assert.Null(TomlFile.Read("a = 1\nb", out var fault));
        Assert.Contains(2.ToString(CultureInfo.InvariantCulture), fault);
    }

    [Theory]
    [InlineData("300s", 300.0)]
    [InlineData("1m30s", 90.0)]
    [InlineData("0.5h", 1800.0)]
    [InlineData("250ms", 0.25)]
    [InlineData("300", null)]
    [InlineData("", null)]
    [InlineData("s", null)]
    [InlineData("5 s", null)]
    public void Durations_are_those_of_Go(string text, double? seconds) =>
        Assert.Equal(seconds, GoDuration.TryParse(text, out var duration) ? duration.TotalSeconds : null);

    private static string WithHeader() =>
        Lines(Clean).Replace("[checks.ready]", "SOCKS5EGRESS_ProxyProtocol = \"required\"\n[checks.ready]", StringComparison.Ordinal);

    private static string Lines(string text) => text.ReplaceLineEndings("\n");

    private static IReadOnlyList<TomlFinding> Audit(string text)
    {
        var file = TomlFile.Read(text, out var fault);
        Assert.True(file is not null, fault);
        return FlyTomlAudit.Audit(file);
    }
}
