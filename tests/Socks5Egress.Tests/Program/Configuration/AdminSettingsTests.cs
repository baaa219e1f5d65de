using Socks5Egress.Configuration;
using Xunit;
using static Socks5Egress.Tests.Program.Configuration.Loading;

namespace Socks5Egress.Tests.Program.Configuration;

public sealed class AdminSettingsTests : IDisposable
{
    private const string Token = "0123456789abcdef";
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_token_is_read_from_its_file_and_does_not_show()
    {
        File.WriteAllText(_file, Token + "\n");
        var settings = Settings([$"AdminTokenFile={_file}", "AdminHosts:0=Gateway.internal,other.example"]).AdminAccess;
        Assert.Equal(Token, settings.Token!.Value.Reveal());
        Assert.Equal(["gateway.internal", "other.example"], settings.Hosts);
        Assert.DoesNotContain(Token, settings.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    [InlineData("0123456789 abcdef")]
    [InlineData("0123456789abcdef\n0123456789abcdef\n")]
    [InlineData("LONG")]
    public void What_is_no_token_is_refused_without_being_told(string text)
    {
        // Basic credentials hold no more than 255 bytes
        if (text == "LONG") text = new string('t', 256);
        File.WriteAllText(_file, text);
        var error = Error([$"AdminTokenFile={_file}"]);
        Assert.StartsWith("--admintokenfile: ", error, StringComparison.Ordinal);
        Assert.Contains("holds no token", error, StringComparison.Ordinal);
        if (text.Length > 0) Assert.DoesNotContain(text, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_open_to_all_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        File.WriteAllText(_file, Token);
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 640", Error([$"AdminTokenFile={_file}"]), StringComparison.Ordinal);
    }

    [Theory, InlineData("gateway.internal:9180"), InlineData("http://x"), InlineData("10.0.0.1")]
    public void A_host_is_a_name_alone(string host) =>
        Assert.StartsWith("--adminhosts: ", Error([$"AdminHosts:0={host}"]), StringComparison.Ordinal);
}
