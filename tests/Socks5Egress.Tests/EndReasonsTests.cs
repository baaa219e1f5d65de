using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests;

public sealed class EndReasonsTests
{
    /// <summary>The contract's reply table.</summary>
    [Theory]
    [InlineData("PolicyDenied", ReplyCode.NotAllowedByRuleset, 403)]
    [InlineData("LimitSessions", ReplyCode.NotAllowedByRuleset, 429)]
    [InlineData("NetworkUnreachable", ReplyCode.NetworkUnreachable, 502)]
    [InlineData("HostUnreachable", ReplyCode.HostUnreachable, 502)]
    [InlineData("NameNotResolved", ReplyCode.HostUnreachable, 502)]
    [InlineData("TargetRefused", ReplyCode.ConnectionRefused, 502)]
    [InlineData("ConnectTimeout", ReplyCode.HostUnreachable, 504)]
    [InlineData("CommandNotSupported", ReplyCode.CommandNotSupported, 405)]
    [InlineData("AddressTypeNotSupported", ReplyCode.AddressTypeNotSupported, 500)]
    [InlineData("InternalError", ReplyCode.GeneralFailure, 500)]
    public void Each_end_has_the_replies_of_the_contract(string reason, ReplyCode socks5, int http)
    {
        var end = Enum.Parse<EndReason>(reason);
        Assert.Equal((socks5, http), (end.ToSocks5(), end.ToHttpStatus()));
    }

    [Fact]
    public void Every_limit_is_refused_as_one()
    {
        var limits = Enum.GetValues<EndReason>().Where(reason => reason.ToString().StartsWith("Limit", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(limits);
        Assert.All(limits, reason => Assert.Equal((ReplyCode.NotAllowedByRuleset, 429), (reason.ToSocks5(), reason.ToHttpStatus())));
    }

    [Fact]
    public void Names_are_in_kebab_case_and_differ()
    {
        var names = Enum.GetValues<EndReason>().Select(reason => reason.ToKebab()).ToArray();
        Assert.All(names, name => Assert.Matches("^[a-z]+(-[a-z]+)*$", name));
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal("half-close-timeout", EndReason.HalfCloseTimeout.ToKebab());
    }

    [Fact]
    public void Every_end_has_a_side() =>
        Assert.All(Enum.GetValues<EndReason>(), reason => Assert.Contains(reason.Side(), new[] { "client", "target", "gateway" }));
}
