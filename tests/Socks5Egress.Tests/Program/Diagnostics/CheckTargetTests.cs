using Socks5Egress.Diagnostics;
using Xunit;

namespace Socks5Egress.Tests.Program.Diagnostics;

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
    [InlineData("postgresql+psycopg://app@db/shop?sslmode=require", "Postgres", "db:5432", "app", "shop")]
    [InlineData("jdbc:postgresql://db:6000/shop?user=app&password=x", "Postgres", "db:6000", "app", "shop")]
    [InlineData("mongodb://db/shop?tls=true", "MongoDb", "db:27017", null, "shop")]
    [InlineData("db:27017", "MongoDb", "db:27017", null, null)]
    [InlineData("sqlserver://db:14330;databaseName=shop;user=sa;password=x", "SqlServer", "db:14330", "sa", "shop")]
    [InlineData("mssql+pyodbc://sa@db/shop", "SqlServer", "db:1433", "sa", "shop")]
    [InlineData("tls://site.example:993", "Tls", "site.example:993", null, null)]
    public void Its_parts_are_read(string text, string protocol, string place, string? user, string? database)
    {
        Assert.Null(CheckTarget.Parse(text, out var targets));

        var target = Assert.Single(targets);
        Assert.Equal((protocol, place, user, database), (target.Protocol.ToString(), target.Place.ToString(), target.User, target.Database));
    }

    [Theory]
    [InlineData("postgres://app:s3cret@db/shop", "app", "s3cret", "db:5432")]
    [InlineData("postgres://app:s%33cret%40@db/shop", "app", "s3cret@", "db:5432")]
    [InlineData("postgres://app:s3cret/of@the#day?@db:5433/shop?a=b", "app", "s3cret/of@the#day?", "db:5433")]
    [InlineData("redis://:s3cret@db", null, "s3cret", "db:6379")]
    [InlineData("jdbc:postgresql://db/shop?user=app&password=s3cret", "app", "s3cret", "db:5432")]
    [InlineData("sqlserver://db;password=s3cret", null, "s3cret", "db:1433")]
    public void A_password_is_read_and_never_printed(string text, string? user, string password, string place)
    {
        Assert.Null(CheckTarget.Parse(text, out var targets));
        var target = Assert.Single(targets);
        Assert.Equal((user, password, place), (target.User, target.Password?.Reveal(), target.Place.ToString()));
        Assert.DoesNotContain("s3cret", target.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_holds_the_URL_and_its_servers_are_checked_each()
    {
        var environment = new Dictionary<string, string> { ["DATABASE_URL"] = "mongodb://app:s3cret@a,b:27018/shop", ["OTHER"] = "app:s3cret@nothing", ["EMPTY"] = "" };
        Assert.Null(CheckTarget.Parse("env:DATABASE_URL", environment, out var targets));
        Assert.Equal(["a:27017", "b:27018"], targets.Select(target => target.Place.ToString()));
        foreach (var name in (string[])["OTHER", "EMPTY", "MISSING"])
        {
            var fault = CheckTarget.Parse("env:" + name, environment, out targets);
            Assert.Contains(name, fault!, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", fault, StringComparison.Ordinal);
            Assert.Empty(targets);
        }
    }

    [Theory]
    [InlineData("db")]
    [InlineData("gopher://db:70")]
    [InlineData("tcp://db")]
    [InlineData("postgres://")]
    [InlineData("postgres://app@/shop")]
    [InlineData("postgres://app:s3cret@/shop")]
    [InlineData("postgres://app:s3cret@db:s3cret/shop")]
    [InlineData("app:s3cret@db:5432")]
    [InlineData("app:s3cret@db://x")]
    [InlineData("mongodb+srv://app:s3cret@cluster.example.net/shop")]
    public void What_is_no_target_is_refused_without_a_password_in_the_words(string text)
    {
        var fault = CheckTarget.Parse(text, out var targets);

        Assert.Empty(targets);
        Assert.DoesNotContain("s3cret", fault!, StringComparison.Ordinal);
    }
}
