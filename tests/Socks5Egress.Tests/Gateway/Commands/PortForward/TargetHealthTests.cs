using Socks5Egress.Gateway.Commands.PortForward;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Commands.PortForward;

public sealed class TargetHealthTests
{
    /// <summary>Answers (+ passed, - failed) and the state after each (U up, D down), with rise 2 and fall 3.</summary>
    [Theory]
    [InlineData("+", "U")]
    [InlineData("-", "D")] // the first answer decides at once
    [InlineData("+---", "UUUD")]
    [InlineData("+--+---", "UUUUUUD")] // in a row, or it does not count
    [InlineData("-++", "DDU")]
    [InlineData("-+-++", "DDDDU")]
    [InlineData("+---++---", "UUUDDUUUD")]
    [InlineData("-----++", "DDDDDDU")] // a long time down does not make the way up longer
    public void It_turns_after_so_many_answers_in_a_row(string answers, string states)
    {
        var health = TargetHealth.Unknown;
        Assert.True(health.IsUp);
        var seen = "";
        foreach (var answer in answers)
        {
            health = health.After(answer == '+', rise: 2, fall: 3);
            seen += health.IsUp ? 'U' : 'D';
        }
        Assert.Equal(states, seen);
    }

    [Fact]
    public void One_answer_is_enough_where_the_counts_are_one()
    {
        var down = TargetHealth.Unknown.After(true, 1, 1).After(false, 1, 1);
        Assert.False(down.IsUp);
        Assert.True(down.After(true, 1, 1).IsUp);
    }
}
