using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Gateway.Authentication.Certificates;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Handshake.Tls;

/// <summary>Which certificates are a login, and whose.</summary>
public sealed class ClientTrustTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public ClientTrustTests()
    {
        var request = new CertificateRequest("CN=authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(30));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData("CN=app", "app")]
    [InlineData("CN=App", null)]
    [InlineData("CN=\"app \"", null)]
    [InlineData("CN=stranger", null)]
    [InlineData("CN=app.example", "web")]
    [InlineData("CN=web", null)] // the account says which certificate is its own
    [InlineData("CN=stranger", "web", "spiffe://example/web")]
    [InlineData("CN=stranger", null, "spiffe://example/WEB")]
    [InlineData("CN=app", "web", "spiffe://example/web")]
    [InlineData("CN=app.example", "web", "spiffe://example/web")]
    [InlineData("CN=app.example", null, "spiffe://example/batch")] // two accounts call it theirs
    [InlineData("O=none", "batch", "spiffe://example/batch")]
    public void A_name_is_an_account_s_or_a_user_s_or_nobody_s(string subject, string? user, string? uri = null)
    {
        using var certificate = Issue(subject, uri: uri);
        Assert.Equal(user, Trust().UserOf([certificate], Now));
    }

    [Fact]
    public void Any_common_name_is_a_user_where_that_is_said()
    {
        using var certificate = Issue("CN=stranger");
        using var blank = Issue("CN=\"stranger \"");
        Assert.Equal("stranger", Trust(takesAny: true).UserOf([certificate], Now));
        Assert.Null(Trust(takesAny: true).UserOf([blank], Now));
    }

    [Fact]
    public void An_authority_is_no_client_and_a_short_key_no_proof()
    {
        using var authority = Issue("CN=app", isAuthority: true);
        using var shortKey = RSA.Create(1024);
        using var longKey = RSA.Create(2048);
        using var weak = Issue(new CertificateRequest("CN=app", shortKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var strong = Issue(new CertificateRequest("CN=app", longKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal((null, null, "app"), (Trust().UserOf([authority], Now), Trust().UserOf([weak], Now), Trust().UserOf([strong], Now)));
    }

    [Fact]
    public void What_the_authority_has_taken_back_is_refused_also_between()
    {
        using var good = Issue("CN=app");
        using var bad = Issue("CN=app", serial: [0x00, 0x91, 0x02]);
        var trust = Trust(List([0x00, 0x91, 0x02]));
        Assert.Equal(("app", null), (trust.UserOf([good], Now), trust.UserOf([bad], Now)));
        Assert.Null(trust.UserOf([good, bad, _authority], Now));
        // A list that is over says nothing of anybody
        Assert.Null(trust.UserOf([good], Now.AddDays(8)));
    }

    [Fact]
    public void A_list_must_be_one_and_be_signed_by_the_authority()
    {
        Assert.Null(RevocationList.Read(List([1]), [_authority], out var list));
        Assert.Equal("01", Assert.Single(list!.Serials));
        Assert.Null(RevocationList.Read(List(), [_authority], out list));
        Assert.Empty(list!.Serials);

        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", otherKey, HashAlgorithmName.SHA256);
        using var other = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(30));
        Assert.Contains("not signed by", RevocationList.Read(List([1]), [other], out _), StringComparison.Ordinal);
        var spoilt = List([1]);
        spoilt[^1] ^= 1;
        Assert.NotNull(RevocationList.Read(spoilt, [_authority], out _));
        for (var length = 0; length < 40; length++) Assert.NotNull(RevocationList.Read(List([1]).AsMemory(0, length), [_authority], out _));
    }

    private byte[] List(params byte[][] serials)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var serial in serials) builder.AddEntry(serial.AsSpan().TrimStart((byte)0)[0] >= 0x80 ? [0, .. serial.AsSpan().TrimStart((byte)0)] : serial);
        return builder.Build(_authority, 1, Now.AddDays(7), HashAlgorithmName.SHA256, thisUpdate: Now.AddDays(-1));
    }

    private ClientTrust Trust(byte[]? list = null, bool takesAny = false) => new()
    {
        Authorities = [_authority],
        Names = new CertificateNames(
            new Dictionary<string, string> { ["app.example"] = "web", ["spiffe://example/web"] = "web", ["spiffe://example/batch"] = "batch" }.ToFrozenDictionary(),
            FrozenSet.Create("app"), takesAny),
        Revoked = list is null ? null : RevocationList.Read(list, [_authority], out var read) is null ? [read!] : throw new ArgumentException("No list", nameof(list)),
    };

    private X509Certificate2 Issue(string subject, bool isAuthority = false, string? uri = null, byte[]? serial = null)
    {
        var request = new CertificateRequest(subject, _key, HashAlgorithmName.SHA256);
        if (isAuthority) request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (uri is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("app");
            names.AddUri(new Uri(uri));
            request.CertificateExtensions.Add(names.Build());
        }
        return Issue(request, serial);
    }

    private X509Certificate2 Issue(CertificateRequest request, byte[]? serial = null)
        => request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Now.AddDays(-1), Now.AddDays(20), serial ?? [0x12, 0x34]);
}
