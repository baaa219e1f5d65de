using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

public sealed class EndTableTests
{
    [Fact]
    public void Every_end_has_its_row_in_order() =>
        Assert.Equal(Enum.GetValues<EndReason>(), EndTable.Rows.ToArray().Select(row => row.Reason));

    [Fact]
    public void Every_transport_fault_has_a_reason_on_its_own_side() => Assert.All(Enum.GetValues<LegFault>(), fault =>
        Assert.Equal(("client", "target"), (fault.OfClient().Side(), fault.OfTarget().Side())));

    [Fact]
    public void An_end_is_refused_or_failed_but_not_both() =>
        Assert.DoesNotContain(EndTable.Rows.ToArray(), row => row is { Category: not null, IsFailure: true });

    [Theory]
    [InlineData(EndReason.PolicyDenied, "deny:203.0.113.0/24", "deny")]
    [InlineData(EndReason.PolicyDenied, "default:private", "default:private")]
    [InlineData(EndReason.NowForbidden, null, "policy")]
    [InlineData(EndReason.LimitRate, "deny:203.0.113.0/24", "limit")]
    [InlineData(EndReason.ClientFin, null, null)]
    public void A_rule_names_the_category_only_where_a_rule_refused(EndReason end, string? rule, string? category) =>
        Assert.Equal(category, RefusalCategory.Of(end, rule));
}
