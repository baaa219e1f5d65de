using System.Text;
using Socks5Egress.Gateway.Authentication;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

public sealed class StoredPasswordTests
{
    private const string Salt = "AAAAAAAAAAAAAAAAAAAAAA==";
    private const string Hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    [Fact]
    public void A_token_is_stored_as_sha256sum_prints_it()
        => Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", StoredPassword.OfToken("abc"u8).Format());

    [Fact]
    public void A_password_is_stored_with_salt_and_iterations_and_read_back()
    {
        var stored = StoredPassword.OfPassword(Encoding.UTF8.GetBytes("pä ss"), 1000);

        Assert.StartsWith("pbkdf2-sha256:1000:", stored.Format(), StringComparison.Ordinal);
        Assert.Null(StoredPassword.Parse(stored.Format(), out var read));
        Assert.Equal((1000, false), (read!.Iterations, read.IsToken));
        Assert.Equal(stored.Salt, read.Salt);
        Assert.Equal(stored.Hash, read.Hash);
        Assert.NotEqual(stored.Format(), StoredPassword.OfPassword(Encoding.UTF8.GetBytes("pä ss"), 1000).Format());
    }

    [Fact]
    public void Its_text_tells_only_its_kind()
    {
        Assert.Equal("sha256:***", StoredPassword.OfToken("abc"u8).ToString());
        Assert.Equal("pbkdf2-sha256:***", StoredPassword.OfPassword("abc"u8, 1000).ToString());
    }

    [Theory]
    [InlineData("plain", "begins with neither")]
    [InlineData("", "begins with neither")]
    [InlineData("SHA256:00", "begins with neither")]
    [InlineData("sha256:abc", "64 hexadecimal digits")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a ", "64 hexadecimal digits")]
    [InlineData("pbkdf2-sha256:1000:" + Salt, "ITERATIONS:SALT:HASH")]
    [InlineData("pbkdf2-sha256:999:" + Salt + ":" + Hash, "from 1000 to 10000000")]
    [InlineData("pbkdf2-sha256:10000001:" + Salt + ":" + Hash, "from 1000 to 10000000")]
    [InlineData("pbkdf2-sha256:-1000:" + Salt + ":" + Hash, "from 1000 to 10000000")]
    [InlineData("pbkdf2-sha256:1000:AAAA:" + Hash, "salt")]
    [InlineData("pbkdf2-sha256:1000:!:" + Hash, "salt")]
    [InlineData("pbkdf2-sha256:1000:" + Salt + ":AAAA", "hash")]
    public void A_form_that_is_none_is_refused_without_repeating_it(string text, string error)
    {
        var said = StoredPassword.Parse(text, out var password);

        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Hash, said, StringComparison.Ordinal);
        Assert.Null(password);
    }
}
