using System.Text.Json;
using Socks5Egress.Configuration;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class EffectiveConfigurationTests
{
    [Fact]
    public void The_JSON_form_is_a_file_that_means_the_same()
    {
        var loaded = Load(["Policy:Allow:0=a.example:80,443", "Clients:0=[]"], ["SOCKS5EGRESS_Timeouts__Idle=5s"], """
            { "Listeners": [{ "Address": "127.0.0.1:1", "Protocols": ["http"] }, { "Address": "[::1]:2", "Clients": ["10.0.0.0/8", "fd00::/8"] }] }
            """);
        using var output = new StringWriter();
        EffectiveConfiguration.WriteJson(output, loaded);
        using var document = JsonDocument.Parse(output.ToString());

        var again = Load(json: document.RootElement.GetProperty("configuration").GetRawText());

        Assert.Empty(again.Errors);
        Assert.Empty(again.Settings!.Warnings);
        Assert.Equal(Describe(loaded.Settings!), Describe(again.Settings));
    }

    [Fact]
    public void The_addresses_that_are_expected_are_shown_as_the_other_side_lists_them()
    {
        var loaded = Load(["Identity:Expect:0=198.51.100.7", "Identity:Expect:1=2001:db8::7"]);
        using var text = new StringWriter();
        using var json = new StringWriter();
        EffectiveConfiguration.WriteText(text, loaded);
        EffectiveConfiguration.WriteJson(json, loaded);

        Assert.Matches(@"(?m)^allow-list 198\.51\.100\.7/32, pg_hba\.conf: hostssl  all  all  198\.51\.100\.7/32 +scram-sha-256\r?$", text.ToString());
        Assert.Contains("allow-list 2001:db8::7/128,", text.ToString(), StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.ToString());
        Assert.Equal(["198.51.100.7/32", "2001:db8::7/128"],
            document.RootElement.GetProperty("allowList").EnumerateArray().Select(address => address.GetString()));
    }

    private static string Describe(GatewaySettings settings)
        => string.Join('|', settings.Listeners.Select(listener => $"{listener.EndPoint} {listener.Protocols} {string.Join(',', listener.Clients)}"))
            + $" {string.Join(' ', settings.Policy.Allow)} {settings.Timeouts} {settings.Admin}";
}
