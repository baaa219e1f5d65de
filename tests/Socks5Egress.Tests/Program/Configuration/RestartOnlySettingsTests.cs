using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class RestartOnlySettingsTests
{
    [Theory]
    [InlineData("{}", "{}", "")]
    [InlineData("{}", """{ "Timeouts": { "Idle": "10s", "Connect": "3s" } }""", "Timeouts.Connect, Timeouts.Idle")]
    [InlineData("""{ "Timeouts": { "Idle": "10s" } }""", "{}", "Timeouts.Idle")]
    [InlineData("""{ "Timeouts": { "Idle": "10s" } }""", """{ "Timeouts": { "idle": "10s" } }""", "")]
    [InlineData("{}", """{ "Admin": "off", "Transport": "sockets", "Log": { "Level": "debug" } }""", "Admin, Log.Level, Transport")]
    [InlineData("{}", """{ "AdminHosts": ["gateway.internal"] }""", "AdminHosts")]
    [InlineData("{}", """{ "Limits": { "Memory": "1G", "Destination": 5 } }""", "Limits.Destination, Limits.Memory")]
    [InlineData("{}", """{ "Dns": { "Server": "127.0.0.1:53" } }""", "Dns.Server")]
    [InlineData("""{ "Forwards": ["127.0.0.1:1=a:2"] }""", """{ "Forwards": ["127.0.0.1:1=b:2"] }""", "Forwards")]
    [InlineData("""{ "Forwards": [{ "Listen": "127.0.0.1:1", "Targets": ["a:2"] }] }""", """{ "Forwards": [{ "Listen": "127.0.0.1:1", "Targets": ["a:3"], "Rise": 4 }] }""",
        "Forwards.0.Rise, Forwards.0.Targets")]
    [InlineData("""{ "Forwards": ["127.0.0.1:1=a:2"] }""", """{ "Forwards": ["127.0.0.1:1=a:2"], "Clients": ["10.0.0.0/8"] }""", "")]
    [InlineData("""{ "Forwards": [{ "Listen": "127.0.0.1:1", "Targets": ["a:2"] }] }""",
        """{ "Forwards": [{ "Listen": "127.0.0.1:1", "Targets": ["a:2"], "Clients": ["10.0.0.0/8"] }] }""", "")]
    [InlineData("{}", """{ "Clients": ["10.0.0.0/8"], "Protocols": ["http"], "Bind": ["192.0.2.1"], "Dial": { "Family": "ipv4" } }""", "")]
    [InlineData("{}", """{ "Policy": { "Default": "none" }, "Routes": [{ "Target": "*.x.example", "Family": "ipv4" }], "Limits": { "Sessions": 5 } }""", "")]
    public void What_only_a_restart_takes_over_is_named(string start, string now, string keys) =>
        Assert.Equal(keys, string.Join(", ", RestartOnlySettings.Changed(Loading.Load(json: start), Loading.Load(json: now))));
}
