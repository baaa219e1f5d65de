using System.Text;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public class BasicCredentialsTests
{
    [Theory]
    [InlineData("app", "secret")]
    [InlineData("app", "")]
    [InlineData("", "secret")]
    [InlineData("", "")]
    [InlineData("app", "with:colons:")]
    [InlineData("Jürgen", "pässwörd ✓")]
    [InlineData("a\0b", " \t")]
    public void User_and_password_are_decoded(string username, string password)
    {
        var value = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(username + ":" + password));
        Assert.Equal((username, password), Decode(value));
        Assert.Equal((username, password), Decode("bASIC   " + value[6..]));
    }

    [Fact]
    public void Two_values_of_255_bytes_fit_and_one_byte_more_does_not()
    {
        var longest = new string('u', 255) + ":" + new string('p', 255);
        Assert.Equal((new string('u', 255), new string('p', 255)), Decode("Basic " + Base64(longest)));
        Assert.Null(Decode("Basic " + Base64(longest + "p")));
        Assert.Null(Decode("Basic " + new string('A', 100_000)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("BasicYTpi")]
    [InlineData("Basic\tYTpi")]
    [InlineData("Bearer YTpi")]
    [InlineData("Basic YTpi YTpi")]
    [InlineData("Basic YT pi")]
    [InlineData("Basic YTpi,")]
    [InlineData("Basic YTp")]
    [InlineData("Basic YTo")]
    [InlineData("Basic YTo==")]
    [InlineData("Basic =YTpi")]
    [InlineData("Basic YWI=")]
    [InlineData("Basic -_-_")]
    [InlineData("Basic YTpi\u00e4")]
    public void Anything_else_is_refused(string value) => Assert.Null(Decode(value));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static (string Username, string Password)? Decode(string value)
    {
        var results = new[] { Encoding.Latin1.GetBytes(value) }.SelectMany(bytes => new[] { Segments.Whole(bytes), Segments.Single(bytes) })
            .Select(buffer => BasicCredentials.TryDecode(buffer, new byte[BasicCredentials.MaxLength], out var credentials)
                ? (Encoding.UTF8.GetString(credentials.Username), Encoding.UTF8.GetString(credentials.Password))
                : ((string, string)?)null)
            .Distinct();
        return Assert.Single(results);
    }
}
