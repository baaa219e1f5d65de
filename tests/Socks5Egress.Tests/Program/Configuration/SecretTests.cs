using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class SecretTests
{
    private sealed record Holder(string Name, Secret Password);

    [Fact]
    public void A_record_with_a_secret_prints_stars()
    {
        var text = new Holder("app", new Secret("hunter2")).ToString();

        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains("***", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_what_it_was_made_of_and_equal_to_its_like()
    {
        Assert.Equal("hunter2", new Secret("hunter2").Reveal());
        Assert.Equal(new Secret("a"), new Secret("a"));
        Assert.NotEqual(new Secret("a"), new Secret("b"));
    }
}
