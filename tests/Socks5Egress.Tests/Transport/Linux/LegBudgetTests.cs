using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class LegBudgetTests
{
    [Fact]
    public void It_is_for_one_turn()
    {
        var budget = LegBudget.OfReceives(piped: true);
        Assert.True(budget.IsLeft(turn: 1));
        budget.Spend(10 << 20);
        Assert.False(budget.IsLeft(turn: 1));
        Assert.True(budget.IsLeft(turn: 2));
        budget.Spend(10 << 20);
        budget.Renew();
        Assert.True(budget.IsLeft(turn: 2));
    }

    [Fact]
    public void Calls_that_move_little_count_as_well()
    {
        var budget = LegBudget.OfReceives(piped: true);
        var calls = 0;
        for (; budget.IsLeft(turn: 1); calls++) budget.Spend(calls % 2 == 0 ? 1 : -1);
        Assert.InRange(calls, 2, 64);
    }

    [Fact]
    public void What_ends_has_no_bound()
    {
        var budget = LegBudget.None;
        Assert.True(budget.IsLeft(turn: 1));
        budget.Spend(100 << 20);
        Assert.True(budget.IsLeft(turn: 1));
    }
}
