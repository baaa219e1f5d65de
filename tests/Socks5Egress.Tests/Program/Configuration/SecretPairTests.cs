using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class SecretPairTests
{
    [Theory]
    [InlineData("app:S3CRET", "S3CRET")]
    [InlineData("first.last:S3CRET", "S3CRET")]
    [InlineData("app:/S3CRET=", "/S3CRET=")]
    [InlineData("app:S3:CRET", "S3:CRET")]
    [InlineData("--users=app:S3CRET", "S3CRET")]
    [InlineData("a:S3CRET", "S3CRET")]
    [InlineData("app:abcdef", "abcdef")]
    public void What_may_be_a_password_behind_a_name_is_found(string text, string password)
    {
        Assert.Equal(password, SecretPair.PasswordIn(text));
        Assert.DoesNotContain(password, SecretMask.InError($"--x: '{text}' is not a file; '{password}' is no port", [text]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db.example.com:5432")]
    [InlineData("db.example.com:8000-8099,9000")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("[2001:db8::1]:443")]
    [InlineData("2001:db8::/32")]
    [InlineData("fe80::1%25")]
    [InlineData("unix:/run/db/socket")]
    [InlineData("env:DATABASE_URL")]
    [InlineData("sni:*.pg.example.com")]
    [InlineData("https://issuer.example.com/a:b")]
    [InlineData("5432=db.example.com:x")]
    [InlineData("127.0.0.1:5432=db.example.com")]
    [InlineData("localhost:0=db.example.com")]
    [InlineData("C:\\secrets\\users.txt")]
    [InlineData("/run/secrets:old/users")]
    [InlineData("--idle-timeout=10")]
    [InlineData("app:")]
    [InlineData(":1080")]
    [InlineData("")]
    public void What_can_be_none_is_shown(string text)
    {
        Assert.Null(SecretPair.PasswordIn(text));
        Assert.Equal($"--x: '{text}' is wrong", SecretMask.InError($"--x: '{text}' is wrong", [text]));
    }
}
