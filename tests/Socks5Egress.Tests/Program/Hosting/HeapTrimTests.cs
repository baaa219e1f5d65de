using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Hosting;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Program.Hosting;

public sealed class HeapTrimTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly HeapTrim _trim;
    private int _sessions, _collections;

    public HeapTrimTests() => _trim = new HeapTrim(() => _sessions, () => _collections++, new Supervisor(_time));

    public void Dispose() => _trim.Dispose();

    [Fact]
    public void Once_after_the_start()
    {
        Wait(100);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void A_rush_is_over_when_the_number_stands_still()
    {
        Wait(1);
        for (_sessions = 0; _sessions < 9000; _sessions += 1000) Wait(1);
        Assert.Equal(1, _collections);
        Wait(2);
        Assert.Equal(2, _collections);
        Wait(100);
        Assert.Equal(2, _collections);
    }

    [Theory]
    [InlineData(9000, 0, true)]
    [InlineData(9000, 4400, true)]
    [InlineData(9000, 4600, false)]
    [InlineData(9000, 13_400, false)]
    [InlineData(9000, 13_600, true)]
    [InlineData(0, 499, false)]
    [InlineData(0, 500, true)]
    [InlineData(600, 200, false)]
    [InlineData(600, 100, true)]
    public void It_takes_a_halving_or_growth_by_half_and_500_at_least(int before, int after, bool trims)
    {
        _sessions = before;
        Wait(4);
        var collections = _collections;
        _sessions = after;
        Wait(4);
        Assert.Equal(trims ? collections + 1 : collections, _collections);
    }

    [Fact]
    public void Sessions_that_come_and_go_are_left_in_peace()
    {
        Wait(1);
        for (var i = 0; i < 50; i++)
        {
            _sessions = i % 2 == 0 ? 5000 : 8000;
            Wait(1);
        }
        Assert.Equal(1, _collections);
    }

    private void Wait(int ticks)
    {
        for (var i = 0; i < ticks; i++) _time.Advance(TimeSpan.FromMilliseconds(250));
    }
}
