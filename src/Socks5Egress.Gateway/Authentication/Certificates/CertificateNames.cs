using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>
/// Whose login a certificate is. A name is compared exactly, and one that nobody has is nobody: it must not fall into the policy
/// of everybody else.
/// </summary>
/// <param name="byCertificate">Accounts that say which common name or URI their certificate has.</param>
/// <param name="users">Accounts and listed users that are known by their own name, as the common name.</param>
/// <param name="takesAny">A certificate that names nobody logs in by its common name.</param>
/// <param name="reserved">Accounts that only tokens log in to: a name alone is not theirs, whoever vouches for it.</param>
internal sealed class CertificateNames(FrozenDictionary<string, string> byCertificate, FrozenSet<string> users, bool takesAny, FrozenSet<string>? reserved = null)
{
    private const string CommonName = "2.5.4.3";
    private const string AlternativeNames = "2.5.29.17";
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Every common name is a user.</summary>
    public static CertificateNames Any { get; } = new(FrozenDictionary<string, string>.Empty, FrozenSet<string>.Empty, true);

    /// <summary>The user; null for nobody, and for a certificate that several accounts call theirs.</summary>
    public string? UserOf(X509Certificate2 certificate) => MatchOf(certificate)?.User;

    /// <summary>The user, and the common name or URI that says so; null as for <see cref="UserOf"/>.</summary>
    public (string User, string Subject)? MatchOf(X509Certificate2 certificate)
    {
        var common = NameOf(certificate.SubjectName);
        (string User, string Subject)? match = null;
        foreach (var name in common is null ? Uris(certificate) : Uris(certificate).Append(common))
        {
            if (!byCertificate.TryGetValue(name, out var named) || named == match?.User) continue;
            if (match is not null) return null;
            match = (named, name);
        }

        if (match is not null || common is null) return match;
        return users.Contains(common) || (takesAny && reserved?.Contains(common) != true) ? (common, common) : null;
    }

    /// <summary>The one common name; null for none, an empty one, several (which would be the user?), or one that does not look like what it is.</summary>
    public static string? NameOf(X500DistinguishedName subject)
    {
        string? name = null;
        foreach (var part in subject.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) return null;
            if (part.GetSingleElementType().Value != CommonName) continue;
            if (name is not null) return null;
            name = part.GetSingleElementValue();
        }

        return IsName(name) ? name : null;
    }

    /// <summary>
    /// Whether a text can name somebody: not empty, no control character, and neither a blank nor a letter that cannot be seen at its ends,
    /// so that two names which look the same are the same.
    /// </summary>
    public static bool IsName(string? text) => text is { Length: > 0 } && !text.Any(char.IsControl) && !IsBlank(text[0]) && !IsBlank(text[^1]);

    private static bool IsBlank(char letter) => char.IsWhiteSpace(letter) || char.GetUnicodeCategory(letter) == UnicodeCategory.Format;

    private static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        if (certificate.Extensions[AlternativeNames] is not { } extension) return uris;
        try
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(Uri)) uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
                else names.ReadEncodedValue();
            }
        }
        catch (Exception fault) when (fault is AsnContentException or CryptographicException)
        {
            uris.Clear();
        }

        uris.RemoveAll(uri => !IsName(uri));
        return uris;
    }
}
