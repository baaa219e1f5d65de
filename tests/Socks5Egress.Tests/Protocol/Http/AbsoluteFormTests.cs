using System.Text.RegularExpressions;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public sealed partial class AbsoluteFormTests
{
    private const int Seed = 20261125;

    [Theory]
    [InlineData("http://example.com", "example.com:80", "example.com", "")]
    [InlineData("HTTP://Example.com:8080/a/../b?c", "Example.com:8080", "Example.com:8080", "/a/../b?c")]
    [InlineData("ws://example.com/chat", "example.com:80", "example.com", "/chat")]
    [InlineData("http://[::1]:1/", "[::1]:1", "[::1]:1", "/")]
    [InlineData("http://127.0.0.1?q=http://x@y/", "127.0.0.1:80", "127.0.0.1", "?q=http://x@y/")]
    public void A_target_is_split(string target, string destination, string authority, string rest)
    {
        Assert.True(AbsoluteForm.TryParse(target, out var form));
        Assert.Equal((destination, authority, rest), (form.Destination.ToString(), form.Authority, form.PathAndQuery));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("http:/example.com/")]
    [InlineData("https://example.com/")]
    [InlineData("wss://example.com/")]
    [InlineData("http://")]
    [InlineData("http:///a")]
    [InlineData("http://:80/")]
    [InlineData("http://a:/")]
    [InlineData("http://a:65536/")]
    [InlineData("http://user@a/")]
    [InlineData("http://user:secret@a/")]
    [InlineData("http://a/#b")]
    [InlineData("http://a/ b")]
    [InlineData("http://a/\u00e9")]
    [InlineData("http://a%2eb/")]
    [InlineData("http://[::1/")]
    [InlineData("http://[fe80::1%1]/")]
    public void Anything_else_is_refused(string target) => Assert.False(AbsoluteForm.TryParse(target, out _));

    /// <summary>Against a slow rule of its own: a regular expression.</summary>
    [Fact]
    public void It_agrees_with_a_slow_rule_on_random_targets()
    {
        var random = new Random(Seed);
        string[] pieces = ["http://", "HTTP://", "https://", "a", "b.example", "127.0.0.1", "[::1]", ":", "80", "0", "65535", "65536", "08", "/", "?", "#", "@", "%41", " ", "\u00e9", "_", "-", "[", "]"];
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var target = (random.Next(4) > 0 ? "http://" : "") + string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
            var match = Slow().Match(target);
            var expected = match.Success && (match.Groups["port"] is { Success: false } || int.Parse(match.Groups["port"].Value, System.Globalization.CultureInfo.InvariantCulture) <= 65535);
            Assert.True(expected == AbsoluteForm.TryParse(target, out var form), target);
            if (form is null) continue;
            accepted++;
            Assert.Equal(target[7..], form.Authority + form.PathAndQuery);
        }
        Assert.InRange(accepted, 1000, 19_000);
    }

    [GeneratedRegex(@"^(?i:http)://([-._~!$&'()*+,;=A-Za-z0-9]{1,255}|\[::1\])(:(?<port>0|[1-9][0-9]{0,4}))?([/?][!""$-~]*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Slow();
}
