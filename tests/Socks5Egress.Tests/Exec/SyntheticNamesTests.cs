using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Exec.Names;
using Xunit;

namespace Socks5Egress.Tests.Exec;

public sealed class SyntheticNamesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_name_keeps_its_addresses_whatever_its_case()
    {
        var names = new SyntheticNames(_time);
        Assert.True(names.TryAssign("db.example.com", out var v4, out var v6));
        Assert.True(names.TryAssign("DB.example.COM", out var again, out _));
        Assert.Equal(v4, again);
        Assert.True(names.TryAssign("other.example.com", out var other, out _));
        Assert.NotEqual(v4, other);
        Assert.True(names.TryFind(v4, out var name));
        Assert.Equal("db.example.com", name);
        Assert.True(names.TryFind(v6, out name));
        Assert.Equal("db.example.com", name);
    }

    [Fact]
    public void Every_address_is_in_its_range()
    {
        var names = new SyntheticNames(_time);
        for (var i = 0; i < SyntheticNames.Capacity; i++)
        {
            Assert.True(names.TryAssign("n" + i, out var v4, out var v6));
            Assert.True(SyntheticNames.IsSynthetic(v4) && SyntheticNames.IsSynthetic(v6));
        }
    }

    [Theory]
    [InlineData("198.17.255.255", false)]
    [InlineData("198.18.0.0", true)]
    [InlineData("198.19.255.255", true)]
    [InlineData("198.20.0.0", false)]
    [InlineData("fd5e:c5e:672e:5500::", true)]
    [InlineData("fd5e:c5e:672e:5501::", false)]
    public void The_ranges_end_where_they_should(string address, bool isSynthetic) =>
        Assert.Equal(isSynthetic, SyntheticNames.IsSynthetic(IPAddress.Parse(address)));

    [Fact]
    public void The_least_recently_used_name_makes_room()
    {
        var names = new SyntheticNames(_time, capacity: 2, slots: 10);
        names.TryAssign("a", out var a, out _);
        names.TryAssign("b", out var b, out _);
        Assert.True(names.TryFind(a!, out _));
        names.TryAssign("c", out _, out _);
        Assert.True(names.TryFind(a!, out _));
        Assert.False(names.TryFind(b!, out _));
    }

    [Fact]
    public void An_address_rests_for_ten_minutes()
    {
        var names = new SyntheticNames(_time, capacity: 1, slots: 2);
        Assert.True(names.TryAssign("a", out var a, out _));
        Assert.True(names.TryAssign("b", out var b, out _));
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        // Without an address to give, what is known stays known
        Assert.False(names.TryAssign("c", out _, out _));
        Assert.True(names.TryFind(b, out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(names.TryAssign("c", out var c, out _));
        Assert.Equal(a, c);
    }
}
