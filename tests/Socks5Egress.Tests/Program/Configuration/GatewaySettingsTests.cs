using Microsoft.Extensions.Logging;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Transport;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class GatewaySettingsTests
{
    private const string Token = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Without_configuration_the_defaults_hold()
    {
        var settings = Settings();

        var listener = Assert.Single(settings.Listeners);
        Assert.Equal("127.0.0.1:1080", listener.EndPoint.ToString());
        Assert.Equal(ServedProtocols.All, listener.Protocols);
        Assert.False(listener.RequiresLogin || listener.RequiresProxyHeader);
        Assert.Empty(listener.Clients);
        Assert.Equal("127.0.0.1:9180", settings.Admin!.ToString());
        Assert.Equal(PolicyDefault.Public, settings.Policy.Default);
        Assert.Equal((AddressFamilyPreference.Auto, null, null, 0), (settings.Dial.Family, settings.Dial.BindIPv4, settings.Dial.BindIPv6, settings.Dial.Resolvers.Length));
        Assert.Equal([10_000, 10_000, 0, 3_600_000, 500, 30_000],
            new[] { settings.Timeouts.Handshake, settings.Timeouts.Connect, settings.Timeouts.Idle, settings.Timeouts.HalfClose, settings.Timeouts.DrainDelay, settings.Timeouts.Drain }
                .Select(timeout => timeout.TotalMilliseconds));
        Assert.Equal((null, TransportKind.Auto, true, LogLevel.Information), (settings.Limits.Sessions, settings.Transport, settings.Log.Json, settings.Log.Level));
    }

    [Fact]
    public void Every_option_reaches_its_setting()
    {
        var settings = Settings([
            "Listen:0=[::1]:1", "Protocols:0=socks5,http", "ProxyProtocol=required", "Clients:0=10.0.0.0/8", "Policy:Allow:0=a.example", "Policy:Deny:0=b.example",
            "Policy:Default=none", "Bind:0=198.51.100.7,2001:db8::7", "Dial:Family=prefer-ipv4", "Dns:Server:0=9.9.9.9", "Dns:Server:1=[2620:fe::fe]:5353", "Dns:Search=Corp.example.",
            "Limits:Sessions=7", "Transport=epoll", "Admin=off",
            "Log:Format=text", "Log:Level=debug"]);

        var listener = Assert.Single(settings.Listeners);
        Assert.Equal("[::1]:1", listener.EndPoint.ToString());
        Assert.Equal(ServedProtocols.Socks5 | ServedProtocols.Http, listener.Protocols);
        Assert.True(listener.RequiresProxyHeader);
        Assert.Equal("10.0.0.0/8", Assert.Single(listener.Clients).ToString());
        Assert.Equal(("a.example", "b.example", PolicyDefault.None), (settings.Policy.Allow[0].Text, settings.Policy.Deny[0].Text, settings.Policy.Default));
        Assert.Equal(("198.51.100.7", "2001:db8::7"), (settings.Dial.BindIPv4?.ToString(), settings.Dial.BindIPv6?.ToString()));
        Assert.Equal((AddressFamilyPreference.PreferIPv4, "9.9.9.9:53 [2620:fe::fe]:5353"), (settings.Dial.Family, string.Join(' ', settings.Dial.Resolvers)));
        Assert.Equal(["corp.example"], settings.Dial.SearchList);
        Assert.Equal((7, TransportKind.Epoll, null, false, LogLevel.Debug), (settings.Limits.Sessions, settings.Transport, settings.Admin, settings.Log.Json, settings.Log.Level));
    }

    [Fact]
    public void Every_error_is_told_at_once_with_the_name_as_it_was_written()
    {
        var loaded = Load(
            ["Listen:0=nonsense", "Timeouts:Idle=10"],
            ["SOCKS5EGRESS_Dial__Family=both", "SOCKS5EGRESS_Policy__Deny__0=10.0.0.0/33"],
            """{ "Admin": "here", "Limits": { "Sessions": 0 } }""");

        Assert.Null(loaded.Settings);
        Assert.Equal(6, loaded.Errors.Length);
        Assert.Contains(loaded.Errors, error => error.StartsWith("--listen: 'nonsense' is not ADDR:PORT", StringComparison.Ordinal));
        Assert.Contains(loaded.Errors, error => error.StartsWith("--idle: '10' has no unit", StringComparison.Ordinal));
        Assert.Contains(loaded.Errors, error => error.StartsWith("SOCKS5EGRESS_Dial__Family: 'both' is none of auto, ", StringComparison.Ordinal));
        Assert.Contains(loaded.Errors, error => error.StartsWith("SOCKS5EGRESS_Policy__Deny__0: rule '10.0.0.0/33'", StringComparison.Ordinal));
        Assert.Contains(loaded.Errors, error => error.Contains(": Admin: 'here' is not ADDR:PORT", StringComparison.Ordinal));
        Assert.Contains(loaded.Errors, error => error.Contains(": Limits.Sessions: '0' is not a number", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1080", "127.0.0.1:1080")]
    [InlineData("0", "127.0.0.1:0")]
    public void A_port_alone_is_on_loopback(string written, string expected) => Assert.Equal(expected, Assert.Single(Settings(["Listen:0=" + written]).Listeners).EndPoint.ToString());

    [Theory]
    [InlineData("65536")]
    [InlineData(":1080")]
    [InlineData("10 80")]
    public void What_is_no_port_is_refused(string written) => Assert.StartsWith("--listen: ", Error(["Listen:0=" + written]), StringComparison.Ordinal);

    [Fact]
    public void Rules_may_have_commas_between_them_at_every_level()
    {
        string[] expected = ["a.example:443", "b.example:80,443", "10.0.0.0/8"];
        Assert.Equal(expected, Settings(["Policy:Allow:0=a.example:443,b.example:80,443,10.0.0.0/8"]).Policy.Allow.Select(rule => rule.Text));
        Assert.Equal(expected, Settings(environment: ["SOCKS5EGRESS_Policy__Allow=a.example:443, b.example:80,443,10.0.0.0/8"]).Policy.Allow.Select(rule => rule.Text));
        Assert.StartsWith("--deny: ", Error(["Policy:Deny:0=a.example,10.0.0.0/33"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:1080")]
    [InlineData("[::]:1080")]
    [InlineData("10.0.0.1:1080")]
    public void A_listener_beyond_loopback_needs_users_or_the_explicit_wish_to_do_without(string endpoint)
    {
        Assert.StartsWith($"--listen: {endpoint} can be reached from other machines", Error(["Listen:0=" + endpoint]), StringComparison.Ordinal);
        Assert.False(Settings(["Listen:0=" + endpoint, "NoAuth=true"]).Listeners[0].RequiresLogin);
        Assert.True(Settings(["Listen:0=" + endpoint], ["SOCKS5EGRESS_USERS=app:" + Token]).Listeners[0].RequiresLogin);
    }

    [Theory]
    [InlineData("127.0.0.1:1080")]
    [InlineData("127.255.255.254:1080")]
    [InlineData("[::1]:1080")]
    [InlineData("[::ffff:127.0.0.1]:1080")]
    public void A_listener_on_loopback_needs_no_users(string endpoint) => Assert.False(Settings(["Listen:0=" + endpoint]).Listeners[0].RequiresLogin);

    [Fact]
    public void A_PROXY_header_counts_only_from_named_senders_where_other_machines_connect()
    {
        string[] open = ["Listen:0=0.0.0.0:1080", "NoAuth=true", "ProxyProtocol=required"];

        Assert.Contains("a PROXY header from anybody would count there", Error(open), StringComparison.Ordinal);
        Assert.Equal("10.0.0.0/8", Assert.Single(Settings([.. open, "ProxyProtocolFrom:0=10.0.0.0/8"]).Listeners[0].ProxySenders).ToString());
        Assert.Empty(Settings(open, ["FLY_APP_NAME=app"]).Listeners[0].ProxySenders);
        Assert.Empty(Settings(["Listen:0=127.0.0.1:1080", "ProxyProtocol=required"]).Listeners[0].ProxySenders);
        Assert.Equal("--proxy-protocol-from: no PROXY header is read there; add --proxy-protocol required", Error(["ProxyProtocolFrom:0=10.0.0.0/8"]));
    }

    [Fact]
    public void Senders_are_named_for_each_listener()
    {
        var listeners = Settings(["ProxyProtocolFrom:0=10.0.0.0/8"], json: """
            { "NoAuth": true, "Listeners": [{ "Address": "0.0.0.0:1", "ProxyProtocol": "required" }, { "Address": "0.0.0.0:2" },
                { "Address": "0.0.0.0:3", "ProxyProtocol": "required", "ProxyProtocolFrom": ["192.0.2.1"] }] }
            """).Listeners;
        Assert.Equal(["10.0.0.0/8", "10.0.0.0/8", "192.0.2.1/32"], listeners.Select(listener => Assert.Single(listener.ProxySenders).ToString()));
        Assert.EndsWith(": Listeners[0].ProxyProtocolFrom[0]: no PROXY header is read there; add --proxy-protocol required",
            Error(json: """{ "Listeners": [{ "Address": "127.0.0.1:1", "ProxyProtocolFrom": ["10.0.0.0/8"] }] }"""), StringComparison.Ordinal);
    }

    [Fact]
    public void Users_are_asked_for_on_loopback_too()
        => Assert.True(Settings(["NoAuth=true"], ["SOCKS5EGRESS_USERS=app:" + Token]).Listeners[0].RequiresLogin);

    [Fact]
    public void Socks4_is_never_served_where_users_exist()
    {
        Assert.Equal(ServedProtocols.Socks5 | ServedProtocols.Http, Settings(environment: ["SOCKS5EGRESS_USERS=app:" + Token]).Listeners[0].Protocols);
        Assert.StartsWith("--protocols: socks4 has no password", Error(["Protocols:0=socks4"], ["SOCKS5EGRESS_USERS=app:" + Token]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_of_the_file_says_what_differs_from_the_options()
    {
        var listeners = Settings(["Clients:0=10.0.0.0/8"], json: """
            { "Protocols": "socks5",
              "Listeners": [{ "Address": "127.0.0.1:1" }, { "Address": "127.0.0.1:2", "Protocols": ["http"], "ProxyProtocol": "required", "Clients": ["fd00::/8"] }] }
            """).Listeners;

        Assert.Equal([ServedProtocols.Socks5, ServedProtocols.Http], listeners.Select(listener => listener.Protocols));
        Assert.Equal([false, true], listeners.Select(listener => listener.RequiresProxyHeader));
        Assert.Equal(["10.0.0.0/8", "fd00::/8"], listeners.Select(listener => Assert.Single(listener.Clients).ToString()));
    }

    [Fact]
    public void A_listener_without_an_address_is_refused()
        => Assert.StartsWith("Listeners.0: there is no Address", Error(json: """{ "Listeners": [{ "Protocols": ["http"] }] }"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("198.51.100.7,198.51.100.8", "are of one family")]
    [InlineData("2001:db8::7,2001:db8::8", "are of one family")]
    [InlineData("0.0.0.0", "names no address")]
    public void Source_addresses_are_one_a_family(string bind, string error) => Assert.Contains(error, Error(["Bind:0=" + bind]), StringComparison.Ordinal);

    [Theory]
    [InlineData("198.51.100.7", "ipv6")]
    [InlineData("2001:db8::7", "ipv4")]
    public void A_family_without_a_source_address_cannot_be_the_only_one(string bind, string family)
        => Assert.StartsWith($"--family: {family} cannot be used", Error(["Bind:0=" + bind, "Dial:Family=" + family]), StringComparison.Ordinal);

    [Theory]
    [InlineData("{", "is not valid JSON (line 1,")]
    [InlineData("[]", "must hold one JSON object")]
    [InlineData("""{ "Admin": "off", "admin": "off" }""", "admin is given twice")]
    public void A_file_that_is_none_is_refused(string json, string error) => Assert.Contains(error, Error(json: json), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_named_with_the_variable_that_names_it()
        => Assert.StartsWith("SOCKS5EGRESS_CONFIG: '/nowhere/x.json' cannot be read", Error(environment: ["SOCKS5EGRESS_CONFIG=/nowhere/x.json"]), StringComparison.Ordinal);

    [Fact]
    public void Comments_and_trailing_commas_are_allowed_in_the_file()
        => Assert.Null(Settings(json: "{ // none\n \"Admin\": \"off\", }").Admin);

    [Fact]
    public void Numbers_and_booleans_may_stand_bare_in_the_file()
    {
        var settings = Settings(json: """{ "NoAuth": true, "Listen": ["0.0.0.0:0"], "Limits": { "Sessions": 5 }, "Timeouts": { "Idle": 0 } }""");

        Assert.Equal((5, TimeSpan.Zero), (settings.Limits.Sessions, settings.Timeouts.Idle));
    }

    [Fact]
    public void An_empty_variable_is_a_mistake() => Assert.StartsWith("SOCKS5EGRESS_Clients: ", Error(environment: ["SOCKS5EGRESS_Clients="]), StringComparison.Ordinal);
}
