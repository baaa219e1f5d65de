using System.Net;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Retiring;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Retiring;

/// <summary>When an address has left the answers of DNS, and how often the name is asked for.</summary>
public sealed class AnswerCountTests
{
    private static readonly IPAddress Old = IPAddress.Parse("192.0.2.1"), New = IPAddress.Parse("192.0.2.2");

    [Theory]
    [InlineData("nnn", true)]
    [InlineData("nn", false)]
    [InlineData("nonnonnon", false)]
    [InlineData("nnfn", true)]
    [InlineData("nnxn", true)]
    [InlineData("ffffffff", false)]
    [InlineData("eeeeeeee", false)]
    [InlineData("nnnb", false)]
    public void Three_answers_in_a_row_without_it_and_nothing_else_count(string answers, bool isGone)
    {
        var missing = answers.Aggregate(0, (count, letter) => AnswerCount.Next(count, letter switch
        {
            'n' => Answer(60, New),
            'o' => Answer(60, Old),
            'b' => Answer(60, New, Old),
            'e' => Answer(60),
            'x' => ResolveResult.Of(EndReason.NameNotResolved),
            _ => ResolveResult.Of(EndReason.ResolverFailed),
        }, Old));
        Assert.Equal(isGone, missing == AnswerCount.Enough);
    }

    [Theory]
    [InlineData(0.2, 1)]
    [InlineData(5, 5)]
    [InlineData(300, 60)]
    [InlineData(0, 60)]
    public void A_name_is_asked_for_once_a_TTL_and_once_a_minute(double ttl, double pause) =>
        Assert.Equal(TimeSpan.FromSeconds(pause), AnswerCount.Pause(Answer(ttl, Old), TimeSpan.Zero));

    [Fact]
    public void After_a_failure_it_is_asked_for_as_often_as_before()
    {
        var failure = ResolveResult.Of(EndReason.ResolverFailed);
        Assert.Equal(TimeSpan.FromSeconds(5), AnswerCount.Pause(failure, TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromSeconds(10), AnswerCount.Pause(failure, TimeSpan.Zero));
    }

    private static ResolveResult Answer(double ttl, params IPAddress[] addresses) => new(addresses, TimeSpan.FromSeconds(ttl), EndReason.None);
}
