using Socks5Egress.Gateway.Commands.PortForward;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.PortForward;

public sealed class TargetSelectorTests
{
    /// <summary>Targets as connection counts, <c>!</c> behind those that are down.</summary>
    [Theory]
    [InlineData("5 3 4", "Least", 0b000, 0, 1)]
    [InlineData("5 3 4", "Least", 0b010, 0, 2)]
    [InlineData("5 0! 4", "Least", 0b000, 0, 2)] // down comes last, however few it has
    [InlineData("5 0! 4", "Least", 0b101, 0, 1)] // but it comes
    [InlineData("5 0! 4", "Least", 0b111, 0, -1)]
    [InlineData("9! 7! 8!", "Least", 0b000, 0, 1)]
    [InlineData("2 2 2", "Least", 0b000, 0, 0)]
    [InlineData("2 2 2", "Least", 0b000, 1, 1)]
    [InlineData("2 2 2", "Least", 0b000, 5, 2)]
    [InlineData("2 2 2", "Least", 0b010, 1, 2)]
    [InlineData("2 2 2", "Least", 0b000, 4294967295, 0)] // 2^32 - 1 is a multiple of three
    [InlineData("9 0 0", "Ordered", 0b000, 7, 0)]
    [InlineData("9! 0 0", "Ordered", 0b000, 7, 1)]
    [InlineData("9! 0 0!", "Ordered", 0b010, 7, 0)]
    [InlineData("0", "Ordered", 0b1, 0, -1)]
    public void The_best_that_was_not_tried_is_next(string targets, string order, int tried, long turn, int expected)
    {
        TargetState[] states = [.. targets.Split(' ').Select(target => new TargetState(!target.EndsWith('!'), int.Parse(target.TrimEnd('!'))))];
        Assert.Equal(expected, TargetSelector.Next(states, Enum.Parse<TargetOrder>(order), (ulong)tried, (uint)turn));
    }

    [Fact]
    public void The_last_of_64_is_found()
    {
        var states = new TargetState[TargetSelector.MostTargets];
        Assert.Equal(63, TargetSelector.Next(states, TargetOrder.Least, ulong.MaxValue >> 1, 0));
        Assert.Equal(-1, TargetSelector.Next(states, TargetOrder.Least, ulong.MaxValue, 0));
    }
}
