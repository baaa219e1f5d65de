using Socks5Egress.Gateway.Policy;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class RuleTests
{
    [Theory]
    [InlineData("*", "Any  ")]
    [InlineData("*:443", "Any  443")]
    [InlineData("example.com", "Host example.com ")]
    [InlineData("Example.COM.:5432", "Host example.com 5432")]
    [InlineData("a_b-c", "Host a_b-c ")]
    [InlineData("*.Example.com", "Suffix example.com ")]
    [InlineData("*.corp:1-1024", "Suffix corp 1-1024")]
    [InlineData("10.0.0.1", "Range 10.0.0.1/32 ")]
    [InlineData("10.0.0.0/8:80,443,8000-8002", "Range 10.0.0.0/8 80,443,8000-8002")]
    [InlineData("0.0.0.0/0", "Range 0.0.0.0/0 ")]
    [InlineData("::/0", "Range ::/0 ")]
    [InlineData("::1", "Range ::1/128 ")]
    [InlineData("[::1]", "Range ::1/128 ")]
    [InlineData("[::1]:65535", "Range ::1/128 65535")]
    [InlineData("fd00::/8", "Range fd00::/8 ")]
    [InlineData("[fd00::/8]:22", "Range fd00::/8 22")]
    public void A_rule_is_read(string text, string expected)
    {
        Assert.True(Rule.TryParse(text, out var rule, out var error), error);
        Assert.Equal(text, rule.Text);
        Assert.Equal(expected, $"{rule.Kind} {(rule.Kind == RuleKind.Range ? rule.Range : rule.Name)} {Ports(rule)}");
    }

    [Theory]
    [InlineData("", "no target")]
    [InlineData(":80", "no target")]
    [InlineData("*.", "no target")]
    [InlineData("10.0.0.1/8", "write 10.0.0.0/8 for the range, or 10.0.0.1 for the one address")]
    [InlineData("fd00::1/8", "write fd00::/8 for")]
    [InlineData("10.0.0.0/33", "write /0 to /32")]
    [InlineData("10.0.0.0/08", "write /0 to /32")]
    [InlineData("10.0.0.0/-8", "write /0 to /32")]
    [InlineData("10.0.0.0/", "write /0 to /32")]
    [InlineData("::/129", "write /0 to /128")]
    [InlineData("10.0.0.0/255.0.0.0", "write /0 to /32")]
    [InlineData("10/8", "is not a CIDR")]
    [InlineData("example.com/8", "is not a CIDR")]
    [InlineData("::ffff:10.0.0.1", "write 10.0.0.1")]
    [InlineData("::ffff:10.0.0.0/104", "write 10.0.0.0")]
    [InlineData("010.0.0.1", "without leading zeros")]
    [InlineData("127.1", "four decimal numbers")]
    [InlineData("0x7f000001", "neither an address nor a name")]
    [InlineData("[::1", "not closed")]
    [InlineData("[::1]80", "only a colon and ports")]
    [InlineData("[fd00::]/8", "write [fd00::/8]")]
    [InlineData("[fd00::]/8:80", "write [fd00::/8]")]
    [InlineData("[10.0.0.1]:80", "write it without")]
    [InlineData("[fe80::1%eth0]", "zones are not supported")]
    [InlineData("[example.com]:80", "no IPv6 address")]
    [InlineData("fe80::1%eth0", "character")]
    [InlineData(".example.com", "written *.example.com")]
    [InlineData("*.*.com", "stands alone")]
    [InlineData("*example.com", "stands alone")]
    [InlineData("db.*", "stands alone")]
    [InlineData("bücher.example", "xn--")]
    [InlineData("a b", "character")]
    [InlineData(" example.com", "character")]
    [InlineData("a..b", "empty label")]
    [InlineData("example.com:", "'' is not a port")]
    [InlineData("example.com:0", "port 0 is never let through")]
    [InlineData("example.com:65536", "'65536' is not a port")]
    [InlineData("example.com:http", "'http' is not a port")]
    [InlineData("example.com:080", "write 80")]
    [InlineData("example.com:+80", "not a port")]
    [InlineData("example.com: 80", "not a port")]
    [InlineData("example.com:80,", "'' is not a port")]
    [InlineData("example.com:80,,81", "'' is not a port")]
    [InlineData("example.com:20-10", "write 10-20")]
    [InlineData("example.com:1-", "'' is not a port")]
    [InlineData("example.com:1-2-3", "'2-3' is not a port")]
    [InlineData("example.com:*", "'*' is not a port")]
    public void A_rule_that_is_none_says_what_is_wrong(string text, string expected)
    {
        Assert.False(Rule.TryParse(text, out var rule, out var error));
        Assert.Null(rule);
        Assert.StartsWith($"rule '{text}': ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static string Ports(Rule rule)
    {
        if (rule.Ports is null) return "";
        var ranges = new List<string>();
        for (int first = 1; first <= 65535; first++)
        {
            if (!rule.Ports.Contains((ushort)first)) continue;
            int last = first;
            while (last < 65535 && rule.Ports.Contains((ushort)(last + 1))) last++;
            ranges.Add(last == first ? $"{first}" : $"{first}-{last}");
            first = last;
        }

        return string.Join(',', ranges);
    }

    /// <summary>A comma between rules, and the commas of a rule's ports.</summary>
    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("a.example:443,b.example:5432", "a.example:443|b.example:5432")]
    [InlineData("a.example:80,443,8000-8999,b.example", "a.example:80,443,8000-8999|b.example")]
    [InlineData("10.0.0.0/8, [2001:db8::1]:80,443", "10.0.0.0/8|[2001:db8::1]:80,443")]
    [InlineData("a.example,,b.example", "a.example||b.example")]
    public void A_list_of_rules_is_taken_apart_where_no_port_follows(string text, string rules) => Assert.Equal(rules.Split('|'), Rule.SplitList(text));
}
