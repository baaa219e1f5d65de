using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Accounting;

public sealed class RefusalCategoryTests
{
    [Theory]
    [InlineData(EndReason.PolicyDenied, "deny:*.example.com:443", "deny")]
    [InlineData(EndReason.PolicyDenied, "default:private", "default:private")]
    [InlineData(EndReason.PolicyDenied, null, "policy")]
    [InlineData(EndReason.NowForbidden, "deny:10.0.0.0/8", "deny")]
    [InlineData(EndReason.ClientNotAllowed, "clients", "clients")]
    [InlineData(EndReason.BadCredentials, null, "credentials")]
    [InlineData(EndReason.CommandNotSupported, null, "protocol")]
    [InlineData(EndReason.LimitRate, null, "limit")]
    [InlineData(EndReason.LimitDestination, null, "limit")]
    [InlineData(EndReason.Draining, null, "draining")]
    public void A_refusal_has_a_class_and_no_rule_of_somebody_in_it(EndReason end, string? rule, string expected) => Assert.Equal(expected, RefusalCategory.Of(end, rule));

    [Theory]
    [InlineData(EndReason.ClientFin), InlineData(EndReason.TargetFin), InlineData(EndReason.TargetRefused), InlineData(EndReason.IdleTimeout), InlineData(EndReason.InternalError)]
    public void What_was_not_refused_has_none(EndReason end) => Assert.Null(RefusalCategory.Of(end, "deny:x"));

    /// <summary>A limit that is added later is a refusal too.</summary>
    [Fact]
    public void Every_limit_is_one() => Assert.All(
        Enum.GetValues<EndReason>().Where(end => end.ToString().StartsWith("Limit", StringComparison.Ordinal)), end => Assert.Equal("limit", RefusalCategory.Of(end, null)));
}
