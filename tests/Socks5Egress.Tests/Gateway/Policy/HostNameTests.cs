using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class HostNameTests
{
    private static readonly string Label63 = new('a', 63);

    [Theory]
    [InlineData("", "name:empty")]
    [InlineData(".", "name:empty")]
    [InlineData("..", "name:label")]
    [InlineData("a..b", "name:label")]
    [InlineData(".a", "name:label")]
    [InlineData("a..", "name:label")]
    [InlineData("a b", "name:character")]
    [InlineData("a\0", "name:character")]
    [InlineData("a:1", "name:character")]
    [InlineData("a%1", "name:character")]
    [InlineData("b\xfccher.example", "name:character")]
    [InlineData("1.2.3", "name:numeric")]
    [InlineData("example.1", "name:numeric")]
    [InlineData("example.0X", "name:numeric")]
    public void What_is_no_name_is_refused_by_a_rule_with_a_name(string name, string rule)
    {
        var check = HostName.Judge(Destination.Of(name, 1));
        Assert.Equal(rule, check.Refusal);
        Assert.Null(check.Host);
        Assert.Null(check.Address);
    }

    [Fact]
    public void A_name_of_253_bytes_is_legal_and_one_of_254_is_not()
    {
        var longest = string.Join('.', Label63, Label63, Label63, Label63[..61]);
        Assert.Equal(253, longest.Length);
        Assert.Equal(longest, HostName.Judge(Destination.Of(longest, 1)).Host);
        Assert.Equal(longest, HostName.Judge(Destination.Of(longest + ".", 1)).Host);
        Assert.Equal("name:too-long", HostName.Judge(Destination.Of(longest + "a", 1)).Refusal);
        Assert.Equal("name:too-long", HostName.Judge(Destination.Of(new string('a', 255), 1)).Refusal);
    }

    [Fact]
    public void A_label_of_63_bytes_is_legal_and_one_of_64_is_not()
    {
        Assert.NotNull(HostName.Judge(Destination.Of(Label63 + ".example", 1)).Host);
        Assert.Equal("name:label", HostName.Judge(Destination.Of(Label63 + "a.example", 1)).Refusal);
        Assert.Equal("name:label", HostName.Judge(Destination.Of("example." + Label63 + "a", 1)).Refusal);
    }

    [Theory]
    [InlineData("localhost", "special:localhost")]
    [InlineData("A.LocalHost.", "special:*.localhost")]
    [InlineData("db.internal", "special:*.internal")]
    [InlineData("app.flycast", "special:*.flycast")]
    [InlineData("printer.local", "special:*.local")]
    [InlineData("local", null)]
    [InlineData("xlocal", null)]
    [InlineData("internal.example", null)]
    [InlineData("notlocalhost", null)]
    public void A_special_name_is_marked(string name, string? rule) =>
        Assert.Equal(rule, HostName.Judge(Destination.Of(name, 1)).Special);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("::FFFF:127.0.0.1", "127.0.0.1")]
    [InlineData("2A00:0:0:0::1", "2a00::1")]
    public void A_strict_literal_is_an_address(string name, string address) =>
        Assert.Equal(address, HostName.Judge(Destination.Of(name, 1)).Address?.ToString());

    [Fact]
    public void A_canonical_name_is_not_copied()
    {
        const string Name = "db.example.com";
        Assert.Same(Name, HostName.Judge(Destination.Of(Name, 1)).Host);
    }
}
