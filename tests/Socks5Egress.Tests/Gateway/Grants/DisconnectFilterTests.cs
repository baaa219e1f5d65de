using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Grants;

public sealed class DisconnectFilterTests
{
    [Theory]
    [InlineData("app", null, null, true)]
    [InlineData("App", null, null, false)]
    [InlineData(null, "db.example.com", null, true)]
    [InlineData(null, "*.example.com:5000-6000", null, true)]
    [InlineData(null, "db.example.com:5433", null, false)]
    [InlineData(null, "203.0.114.0/24", null, true)]
    [InlineData(null, "203.0.115.0/24", null, false)]
    [InlineData(null, null, "192.0.2.0/24", true)]
    [InlineData(null, null, "198.51.100.0/24", false)]
    [InlineData("app", "*:5432", "192.0.2.5", true)]
    [InlineData("app", "*:5432", "192.0.2.6", false)]
    public void All_that_is_said_must_be_so(string? user, string? target, string? client, bool matches)
    {
        Assert.Null(DisconnectFilter.TryParse(user, target, client, out var filter));
        Assert.Equal(matches, filter.Matches("app", Destination.Of("DB.example.com.", 5432), IPAddress.Parse("203.0.114.9"), IPAddress.Parse("192.0.2.5")));
    }

    [Theory]
    [InlineData(null, null, null, "name at least one of user, target and client")]
    [InlineData("", null, null, "user: it is empty")]
    [InlineData(null, "a b", null, "target: ")]
    [InlineData(null, null, "everywhere", "client: ")]
    public void What_makes_no_sense_is_named(string? user, string? target, string? client, string error) =>
        Assert.StartsWith(error, DisconnectFilter.TryParse(user, target, client, out _), StringComparison.Ordinal);

    [Fact]
    public void What_is_not_known_yet_is_not_meant()
    {
        Assert.Null(DisconnectFilter.TryParse(null, "*", null, out var filter));
        Assert.False(filter.Matches("app", null, null, null));
    }
}
