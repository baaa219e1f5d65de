using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

public sealed class EndReasonsTests
{
    /// <summary>The contract's reply table.</summary>
    [Theory]
    [InlineData("PolicyDenied", ReplyCode.NotAllowedByRuleset, 403)]
    [InlineData("LimitSessions", ReplyCode.GeneralFailure, 429)]
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

    /// <summary>A client takes 01 to the next gateway, and 02 for final.</summary>
    [Fact]
    public void Every_limit_and_a_drain_are_the_gateways_own_failure_with_a_hint()
    {
        var limits = Enum.GetValues<EndReason>().Where(reason => reason.ToString().StartsWith("Limit", StringComparison.Ordinal)).Append(EndReason.Draining).ToArray();
        Assert.True(limits.Length > 2);
        Assert.All(limits, reason => Assert.Equal((ReplyCode.GeneralFailure, 429), (reason.ToSocks5(), reason.ToHttpStatus())));
        Assert.All(limits, reason => Assert.NotNull(EndDiagnosis.Of(reason, default)));
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
