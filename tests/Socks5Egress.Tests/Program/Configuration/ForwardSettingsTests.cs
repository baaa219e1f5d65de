using System.Text.Json;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Tests.Gateway.Handshake.Tls;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class ForwardSettingsTests
{
    [Fact]
    public void Without_configuration_there_is_none() => Assert.Empty(Settings().Forwards);

    [Fact]
    public void One_text_has_the_listener_and_its_targets()
    {
        var forwards = Settings(["Forwards:0=5432=db.example:5432", "Forwards:1=[::1]:0=10.0.0.1:1, [2001:db8::1]:2", "Clients:0=10.0.0.0/8", "ProxyProtocol=required"]).Forwards;
        Assert.Equal(["127.0.0.1:5432", "[::1]:0"], forwards.Select(forward => forward.Listen.ToString()));
        Assert.Equal("db.example:5432", Assert.Single(forwards[0].Options.Targets).ToString());
        Assert.Equal(["10.0.0.1:1", "[2001:db8::1]:2"], forwards[1].Options.Targets.Select(target => target.ToString()));
        Assert.Equal(["10.0.0.1:1", "[2001:db8::1]:2"], forwards[1].Rules.Select(rule => rule.Text));
        // One target is no choice: checking it would only tire it
        Assert.Equal([TargetCheckKind.Off, TargetCheckKind.Tcp], forwards.Select(forward => forward.Options.Check));
        Assert.All(forwards, forward => Assert.True(forward.RequiresProxyHeader && Assert.Single(forward.Clients).ToString() == "10.0.0.0/8"));
    }

    [Theory]
    [InlineData("0.0.0.0:5432")]
    [InlineData("[::]:5432")]
    [InlineData("192.0.2.1:5432")]
    public void One_beyond_loopback_needs_clients_or_the_explicit_wish_to_serve_everybody(string listen)
    {
        Assert.StartsWith($"--forwards: {listen} can be reached from other machines", Error([$"Forwards:0={listen}=a.example:1"]), StringComparison.Ordinal);
        Assert.StartsWith($"--forwards: {listen} can be reached from other machines",
            Error([$"Forwards:0={listen}=a.example:1"], ["SOCKS5EGRESS_USERS=app:sha256:" + new string('0', 64)]), StringComparison.Ordinal);
        Assert.Single(Settings([$"Forwards:0={listen}=a.example:1", "Clients:0=10.0.0.0/8"]).Forwards);
        Assert.Single(Settings([$"Forwards:0={listen}=a.example:1", "NoAuth=true"]).Forwards);
        Assert.Contains(": Forwards[0].Listen: ", Error(json: $$"""{ "Forwards": [{ "Listen": "{{listen}}", "Targets": ["a.example:1"] }] }"""), StringComparison.Ordinal);
        Assert.Single(Settings(json: $$"""{ "Forwards": [{ "Listen": "{{listen}}", "Targets": ["a.example:1"], "Clients": ["10.0.0.0/8"] }] }""").Forwards);
        Assert.Contains("a PROXY header from anybody", Error([$"Forwards:0={listen}=a.example:1", "Clients:0=10.0.0.0/8", "ProxyProtocol=required"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_gives_them_as_a_list()
    {
        var forwards = Settings(environment: ["SOCKS5EGRESS_Forwards__0=1=a.example:1,b.example:2", "SOCKS5EGRESS_Forwards__1=2=c.example:3"]).Forwards;
        Assert.Equal([2, 1], forwards.Select(forward => forward.Options.Targets.Length));
    }

    [Fact]
    public void The_file_can_say_everything()
    {
        var forward = Assert.Single(Settings(json: """
            { "Forwards": [{ "Listen": "[::]:5432", "Targets": ["a.example:5432", "b.example"], "Preset": "postgres", "Order": "ordered", "Check": "tcp",
                             "Interval": "500ms", "Rise": 4, "Fall": 5, "SendProxy": "v2", "IdleTimeout": "1h", "KeepAlive": "20s",
                             "ProxyProtocol": "required", "ProxyProtocolFrom": ["fdaa:1::/32"], "Clients": ["fdaa::/16"] }] }
            """).Forwards);
        Assert.Equal("fdaa:1::/32", Assert.Single(forward.ProxySenders).ToString());
        Assert.Equal("[::]:5432", forward.Listen.ToString());
        Assert.Equal(["a.example:5432", "b.example:5432"], forward.Options.Targets.Select(target => target.ToString()));
        Assert.Equal((TargetOrder.Ordered, TargetCheckKind.Tcp, SentHeader.Version2), (forward.Options.Order, forward.Options.Check, forward.Options.SendProxy));
        Assert.Equal((500.0, 4, 5), (forward.Options.Interval.TotalMilliseconds, forward.Options.Rise, forward.Options.Fall));
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromSeconds(20)), (forward.IdleTimeout!.Value, forward.Options.KeepAlive));
        Assert.True(forward.RequiresProxyHeader);
        Assert.Equal("fdaa::/16", Assert.Single(forward.Clients).ToString());
    }

    [Fact]
    public void TLS_is_a_forward_s_own_or_the_general_one_or_none()
    {
        var (cert, key) = MadeCertificates.Pem("CN=gateway");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "a.crt"), cert);
            File.WriteAllText(Path.Combine(folder.FullName, "a.key"), key);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(folder.FullName, "a.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllText(Path.Combine(folder.FullName, "b.crt"), cert);
            string[] general = ["Tls:Cert=" + Path.Combine(folder.FullName, "a.crt"), "Tls:Key=" + Path.Combine(folder.FullName, "a.key")];
            var own = JsonSerializer.Serialize(new { Cert = Path.Combine(folder.FullName, "b.crt"), Key = Path.Combine(folder.FullName, "a.key") });
            var forwards = Settings(general, json: $$"""
                { "Forwards": [{ "Listen": "1", "Targets": ["a.example:1"] }, { "Listen": "2", "Targets": ["a.example:1"], "Tls": {{own}} },
                               { "Listen": "3", "Targets": ["a.example:1"], "Tls": { "Cert": "off" } }] }
                """).Forwards;
            Assert.Equal(["a.crt", "b.crt", null], forwards.Select(forward => Path.GetFileName(forward.Tls?.Files.Certificate)));
            Assert.NotNull(Assert.Single(Settings([.. general, "Forwards:0=1=a.example:1"]).Forwards).Tls);
            Assert.Contains("Forwards[0].Tls.Cert: there is no key", Error(json: """{ "Forwards": [{ "Listen": "1", "Targets": ["a.example:1"], "Tls": { "Cert": "x" } }] }"""), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("postgres", 5432, "Postgres", 60, 0)]
    [InlineData("mysql", 3306, "Tcp", 60, 0)]
    [InlineData("mongodb", 27017, "Tcp", 60, 0)]
    [InlineData("redis", 6379, "Tcp", 60, 0)]
    [InlineData("mssql", 1433, "Tcp", 30, 0)]
    [InlineData("https", 443, "Tcp", 60, 300)]
    public void A_preset_sets_port_check_keepalive_and_idle(string preset, int port, string check, int keepAlive, int idle)
    {
        var forward = Assert.Single(Settings(json: $$"""{ "Forwards": [{ "Listen": "1", "Targets": ["a.example", "[2001:db8::1]"], "Preset": "{{preset}}" }] }""").Forwards);
        Assert.Equal([$"a.example:{port}", $"[2001:db8::1]:{port}"], forward.Options.Targets.Select(target => target.ToString()));
        Assert.Equal((Enum.Parse<TargetCheckKind>(check), TimeSpan.FromSeconds(keepAlive), TimeSpan.FromSeconds(idle)),
            (forward.Options.Check, forward.Options.KeepAlive, forward.IdleTimeout));
    }

    [Fact]
    public void Without_a_preset_the_defaults_hold()
    {
        var forward = Assert.Single(Settings(json: """{ "Forwards": [{ "Listen": "1", "Targets": ["a.example:1", "b.example:1"] }] }""").Forwards);
        Assert.Equal((TargetOrder.Least, TargetCheckKind.Tcp, SentHeader.Off), (forward.Options.Order, forward.Options.Check, forward.Options.SendProxy));
        Assert.Equal((2.0, 2, 3, 60.0), (forward.Options.Interval.TotalSeconds, forward.Options.Rise, forward.Options.Fall, forward.Options.KeepAlive.TotalSeconds));
        Assert.Null(forward.IdleTimeout);
    }

    [Fact]
    public void A_higher_level_replaces_the_whole_list_and_nothing_of_the_lower_one_is_unknown()
    {
        var settings = Settings(["Forwards:0=1=a.example:1"], json: """{ "Forwards": [{ "Listen": "2", "Targets": ["b.example:2"] }, { "Listen": "3", "Targets": ["c.example:3"] }] }""");
        Assert.Equal("a.example:1", Assert.Single(Assert.Single(settings.Forwards).Options.Targets).ToString());
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void A_key_that_no_forward_has_is_refused() => Assert.EndsWith(
        "Forwards[0].Checks: there is no such setting; the nearest is Forwards.0.Check",
        Error(json: """{ "Forwards": [{ "Listen": "1", "Targets": ["a.example:1"], "Checks": "tcp" }] }"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("5432", "--forwards: '5432' is not LISTEN=HOST:PORT")]
    [InlineData("99999=a.example:1", "--forwards: '99999' is not a port")]
    [InlineData("nowhere=a.example:1", "--forwards: 'nowhere' is not ADDR:PORT")]
    [InlineData("1=a.example", "--forwards: 'a.example' is not HOST:PORT")]
    [InlineData("1=a.example:0", "--forwards: 'a.example:0' has no port from 1 to 65535")]
    [InlineData("1=a.example:1,", "--forwards: '' is not HOST:PORT")]
    [InlineData("1=010.1:1", "--forwards: '010.1:1' can be no target: rule '010.1:1'")]
    public void A_wrong_text_is_named(string text, string error) =>
        Assert.StartsWith(error, Error(["Forwards:0=" + text]), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "Targets": ["a.example:1"] }""", "Forwards.0: there is no Listen")]
    [InlineData("""{ "Listen": "1" }""", "Forwards.0.Targets: there is none")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "Preset": "oracle" }""", "Forwards[0].Preset: 'oracle' is none of postgres, mysql,")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "Order": "random" }""", "Forwards[0].Order: 'random' is none of least, ordered")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "Check": "http" }""", "Forwards[0].Check: 'http' is none of off, tcp, postgres")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "Interval": "0" }""", "Forwards[0].Interval: '0' is shorter than 10ms")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "Rise": 0 }""", "Forwards[0].Rise: '0' is not a number from 1 to 100")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "KeepAlive": "500ms" }""", "Forwards[0].KeepAlive: '500ms' is not a whole number of seconds")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "SendProxy": "on" }""", "Forwards[0].SendProxy: 'on' is none of off, v1, v2")]
    [InlineData("""{ "Listen": "1", "Targets": ["a.example:1"], "IdleTimeout": "5" }""", "Forwards[0].IdleTimeout: '5' has no unit")]
    public void A_wrong_object_is_named(string forward, string error) =>
        Assert.Contains(error, Error(json: $$"""{ "Forwards": [{{forward}}] }"""), StringComparison.Ordinal);
}
