using Socks5Egress.Checking;
using Xunit;

namespace Socks5Egress.Tests.Checking;

public sealed class CheckTargetTests
{
    [Theory]
    [InlineData("db.example.com:5432", "Postgres", "db.example.com:5432", null, null)]
    [InlineData("192.0.2.1:3306", "MySql", "192.0.2.1:3306", null, null)]
    [InlineData("[2001:db8::1]:6380", "Rediss", "[2001:db8::1]:6380", null, null)]
    [InlineData("host:22", "Tcp", "host:22", null, null)]
    [InlineData("postgres://db", "Postgres", "db:5432", null, null)]
    [InlineData("POSTGRESQL://app@db:6000/shop", "Postgres", "db:6000", "app", "shop")]
    [InlineData("postgres://a%40b@[::1]/s%20p", "Postgres", "[::1]:5432", "a@b", "s p")]
    [InlineData("https://site.example/", "Https", "site.example:443", null, null)]
    [InlineData("tls://site.example:993", "Tls", "site.example:993", null, null)]
    public void Its_parts_are_read(string text, string protocol, string place, string? user, string? database)
    {
        Assert.Null(CheckTarget.Parse(text, out var target));

        Assert.Equal((protocol, place, user, database), (target!.Protocol.ToString(), target.Place.ToString(), target.User, target.Database));
    }

    [Theory]
    [InlineData("db")]
    [InlineData("gopher://db:70")]
    [InlineData("tcp://db")]
    [InlineData("postgres://")]
    [InlineData("postgres://app@/shop")]
    [InlineData("postgres://app:s3cret@db/shop")]
    [InlineData("redis://:s3cret@db")]
    public void What_is_no_target_is_refused_without_a_password_in_the_words(string text)
    {
        var fault = CheckTarget.Parse(text, out var target);

        Assert.Null(target);
        Assert.DoesNotContain("s3cret", fault!, StringComparison.Ordinal);
    }
}
