using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Certificates;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Handshake.Tls;

public sealed class CertificateTests
{
    [Theory]
    [InlineData("CN=app", "app")]
    [InlineData("CN=app, O=Example", "app")]
    [InlineData("O=Example", null)]
    [InlineData("CN=app, CN=root", null)]
    [InlineData("CN=", null)]
    [InlineData("CN=\" app\"", null)]
    [InlineData("CN=\"app \"", null)]
    [InlineData("CN=\"app\u00a0\"", null)]
    [InlineData("CN=\"app\u200b\"", null)]
    [InlineData("CN=a\u0001b", null)]
    [InlineData("CN=App", "App")]
    public void The_user_is_the_one_common_name(string subject, string? user) =>
        Assert.Equal(user, CertificateNames.NameOf(new X500DistinguishedName(subject)));

    [Fact]
    public void What_is_wrong_is_said_without_what_the_files_hold()
    {
        var (certificate, key) = MadeCertificates.Pem("CN=one");
        var (_, other) = MadeCertificates.Pem("CN=two");
        var files = new CertificateFiles("gw.crt", "gw.key");
        Assert.Null(files.Make(certificate, key, out var context));
        Assert.NotNull(context);
        Says("'gw.crt' holds no certificate", files.Make("nothing", key, out _));
        Says("'gw.crt' holds no certificate", files.Make(key, key, out _));
        Says("not that of the first certificate", files.Make(certificate, other, out _));
        Says("the key in 'gw.key' is none in PEM", files.Make(certificate, certificate, out _));
        Says("is encrypted", files.Make(certificate, key.Replace("PRIVATE", "ENCRYPTED PRIVATE", StringComparison.Ordinal), out _));
        Says("cannot be read", files.Load(FilePatience.OfStart, out _));

        void Says(string words, string? problem)
        {
            Assert.Contains(words, problem, StringComparison.Ordinal);
            Assert.DoesNotContain(key.Split('\n')[1], problem, StringComparison.Ordinal);
        }
    }
}
