using Socks5Egress.Configuration;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class SecretMaskTests
{
    private const string Password = "S3CRET";

    [Theory]
    [InlineData("app:S3CRET@gw")]
    [InlineData("app:S3CRET@gw:1080")]
    [InlineData(":S3CRET@gw:1080")]
    [InlineData("socks5://app:S3CRET@gw:1080")]
    [InlineData("socks6://app:S3CRET@gw:1080")]
    [InlineData("SOCKS5+TLS://app:S3CRET@[::1]:1080?ca=x")]
    [InlineData("--via=socks5://app:S3CRET@gw")]
    [InlineData("5432=app:S3CRET@db:5432")]
    [InlineData("5432=socks5://app:S3CRET@db:5432")]
    [InlineData("socks5://a@h,socks5://app:S3CRET@gw")]
    [InlineData("socks5://app:S3CRET@gw,socks5://a@h")]
    [InlineData("app:S3CRET@x=y@gw")]
    [InlineData("app:pre=S3CRET@gw")]
    [InlineData("app:pre/S3CRET@gw")]
    [InlineData("app:pre:S3CRET@gw")]
    [InlineData("app:S3CRET:post@gw")]
    public void A_password_in_front_of_a_host_is_not_shown(string text)
    {
        Assert.True(SecretMask.HasPassword(text));
        Assert.DoesNotContain(Password, SecretMask.In(text), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, SecretMask.In($"--x: '{text}' is not HOST:PORT", [text]), StringComparison.Ordinal);
        // A parser may repeat a part
        var colon = text.IndexOf(Password, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, SecretMask.In($"--x: '{text[colon..]}' is not a port", [text]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks5://app@gw:1080")]
    [InlineData("socks5://gw:1080")]
    [InlineData("socks5://a@h:1,socks5://b@i:2")]
    [InlineData("127.0.0.1:1080")]
    [InlineData("[2001:db8::1]:1080")]
    [InlineData("db.example.com:5432")]
    [InlineData("")]
    public void Anything_else_is_shown_as_it_is(string text)
    {
        Assert.False(SecretMask.HasPassword(text));
        Assert.Equal(text, SecretMask.In(text));
    }

    [Fact]
    public void No_level_of_configuration_repeats_one_in_an_error()
    {
        const string Url = "socks5://app:S3CRET@gw:1080";
        var loaded = Load(["Listen:0=" + Url, "Bind:0=" + Url], ["SOCKS5EGRESS_Dns__Server=" + Url], $$"""{ "Admin": "{{Url}}", "Clients": ["{{Url}}"] }""");
        Assert.Equal(5, loaded.Errors.Length);
        Assert.DoesNotContain(loaded.Errors, error => error.Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public void What_holds_is_shown_without_one()
    {
        var loaded = Load(json: """{ "Identity": { "Probes": ["https://app:S3CRET@echo.example/ip"] } }""");
        var (text, json) = (new StringWriter(), new StringWriter());
        EffectiveConfiguration.WriteText(text, loaded);
        EffectiveConfiguration.WriteJson(json, loaded);
        Assert.DoesNotContain(Password, text.ToString() + json, StringComparison.Ordinal);
    }
}
