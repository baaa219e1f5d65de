using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

/// <summary>An IPv6 address that leads to an IPv4 one is judged as that one too, whatever opened it.</summary>
public sealed class EmbeddedIPv4Tests
{
    [Theory]
    // The examples of RFC 6052 section 2.4
    [InlineData("2001:db8::/32", "2001:db8:c000:221::", "192.0.2.33")]
    [InlineData("2001:db8:100::/40", "2001:db8:1c0:2:21::", "192.0.2.33")]
    [InlineData("2001:db8:122::/48", "2001:db8:122:c000:2:2100::", "192.0.2.33")]
    [InlineData("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", "192.0.2.33")]
    [InlineData("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::", "192.0.2.33")]
    [InlineData("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33", "192.0.2.33")]
    [InlineData(null, "64:ff9b::192.0.2.33", "192.0.2.33")]
    // A translator does not look at the u octet or at what follows
    [InlineData("2001:db8:122::/48", "2001:db8:122:c000:ff02:21ff:ffff:ffff", "192.0.2.33")]
    [InlineData(null, "64:ff9b:1::192.0.2.33", "192.0.2.33")]
    [InlineData(null, "64:ff9b:1:1:2::192.0.2.33", "1.2.0.0 2.0.0.192 192.0.2.33")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1:c000:2:2100::", "192.0.2.33")]
    [InlineData(null, "2002:c000:221::1", "192.0.2.33")]
    [InlineData(null, "2001:0:c000:221::f5ff:fffe", "192.0.2.33 10.0.0.1")]
    [InlineData(null, "::192.0.2.33", "192.0.2.33")]
    [InlineData(null, "::ffff:0:192.0.2.33", "192.0.2.33")]
    [InlineData(null, "::1", "")]
    [InlineData(null, "::", "")]
    [InlineData(null, "2001:db8::1", "")]
    [InlineData(null, "192.0.2.33", "")]
    public void It_is_found(string? prefix, string address, string inside)
    {
        var embedded = new EmbeddedIPv4(prefix is null ? [] : [Range(prefix)]);
        Span<AddressBits> found = stackalloc AddressBits[EmbeddedIPv4.Most];
        var count = embedded.Find(AddressBits.Of(IPAddress.Parse(address)), found);
        Assert.Equal(inside, string.Join(' ', found[..count].ToArray().Select(bits => bits.ToAddress())));
    }

    [Theory]
    [InlineData("64:ff9b::/96", "64:ff9b::169.254.169.254", "default:link-local")]
    [InlineData("64:ff9b::/96", "64:ff9b::127.0.0.1", "default:loopback")]
    [InlineData("64:ff9b::/96", "64:ff9b::10.0.0.1", "default:private")]
    [InlineData("64:ff9b::/96", "64:ff9b::0.0.0.0", "default:unspecified")]
    [InlineData("64:ff9b::/96", "64:ff9b::9.9.9.9", "deny:9.9.9.0/24")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1:a9fe:a9:fe00::", "default:link-local")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1:a9fe:a9:fe00:808:808", "default:link-local")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1::169.254.169.254", "default:link-local")]
    [InlineData("2002::/16", "2002:a9fe:a9fe::1", "default:link-local")]
    [InlineData("2001::/32", "2001:0:808:808::f5ff:fffe", "default:private")]
    [InlineData("::/0", "::169.254.169.254", "default:link-local")]
    [InlineData("::/0", "::ffff:0:169.254.169.254", "default:link-local")]
    [InlineData("64:ff9b::169.254.169.254", "64:ff9b::169.254.169.254", "default:link-local")]
    public void A_rule_about_the_range_does_not_open_it(string allow, string address, string rule) => Assert.Equal((false, rule), Judge([allow], address));

    [Theory]
    [InlineData("64:ff9b::/96", "64:ff9b::8.8.8.8")]
    [InlineData("64:ff9b:1::/48", "64:ff9b:1::8.8.8.8")]
    [InlineData("2002::/16", "2002:808:808::1")]
    public void A_public_one_is_as_open_as_the_range(string allow, string address)
    {
        Assert.Equal((true, "allow:" + allow), Judge([allow], address));
        Assert.Equal((true, "allow:" + allow), Judge([allow], address, PolicyDefault.None));
        Assert.False(Judge([], address).MayDial);
    }

    [Fact]
    public void Both_rules_together_open_it()
    {
        Assert.Equal((true, "allow:64:ff9b::/96"), Judge(["64:ff9b::/96", "10.0.0.0/8"], "64:ff9b::10.0.0.1"));
        Assert.False(Judge(["10.0.0.0/8"], "64:ff9b::10.0.0.1").MayDial);
    }

    [Theory]
    [InlineData("2a00:64::/96", "2a00:64::169.254.169.254")]
    [InlineData("2a00:64::/32", "2a00:64:a9fe:a9fe::")]
    [InlineData("2a00:64:1::/64", "2a00:64:1:0:a9:fea9:fe00:0")]
    public void A_prefix_of_this_network_is_judged_when_it_is_named(string prefix, string address)
    {
        Assert.True(Judge([], address).MayDial);
        Assert.Equal((false, "default:link-local"), Judge([], address, prefix: prefix));
    }

    private static (bool MayDial, string Rule) Judge(string[] allow, string address, PolicyDefault byDefault = PolicyDefault.Public, string? prefix = null)
    {
        var policy = new EgressPolicy(
            allow.Select(Rule), [Rule("9.9.9.0/24")], byDefault, PolicyMode.Enforce, LocalEndpoints.None, prefix is null ? null : new EmbeddedIPv4([Range(prefix)]));
        var parsed = IPAddress.Parse(address);
        var verdict = policy.JudgeAddress(policy.JudgeName(Destination.Of(parsed, 443)).Question, parsed);
        return (verdict.MayDial, verdict.Rule);
    }

    private static Rule Rule(string text) => Socks5Egress.Gateway.Policy.Rule.TryParse(text, out var rule, out _) ? rule : throw new ArgumentException(text);

    private static Cidr Range(string text) => Cidr.TryParse(text, out var range, out _) ? range : throw new ArgumentException(text);
}
