using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication.Certificates;

/// <summary>
/// What one authority has taken back (RFC 5280 section 5). .NET reads such lists from the machine's store only, so this one is read
/// here; the signature is checked by the authority's key.
/// </summary>
/// <param name="Issuer">The authority's name, as it is encoded.</param>
/// <param name="NextUpdate">From then on the list says nothing about anybody.</param>
/// <param name="Serials">The serial numbers of what it has taken back, in hexadecimal digits.</param>
internal sealed record RevocationList(string Issuer, DateTimeOffset NextUpdate, FrozenSet<string> Serials)
{
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

    // Number, authority's key, and a reason with each entry say nothing that would have to be done here
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create("2.5.29.20", "2.5.29.35", "2.5.29.21", "2.5.29.24");

    /// <summary>Reads one list in DER.</summary>
    /// <param name="der">The bytes.</param>
    /// <param name="authorities">One of them must have signed it.</param>
    /// <param name="list">The list.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Read(ReadOnlyMemory<byte> der, X509Certificate2Collection authorities, out RevocationList? list)
    {
        list = null;
        try
        {
            var whole = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var content = whole.PeekEncodedValue();
            var body = whole.ReadSequence();
            var algorithm = whole.ReadSequence().ReadObjectIdentifier();
            var signature = whole.ReadBitString(out _);
            if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) body.ReadIntegerBytes();
            body.ReadSequence();
            var issuer = Convert.ToHexString(body.ReadEncodedValue().Span);
            ReadTime(body);
            if (!body.HasData || !IsTime(body)) return "has no time of the next one";
            var next = ReadTime(body);
            var serials = ReadEntries(body, out var strange);
            strange ??= body.HasData && body.PeekTag().HasSameClassAndValue(Extensions) ? Critical(body.ReadSequence(Extensions).ReadSequence()) : null;
            if (strange is not null) return $"has the critical extension {strange}, which is not understood here: write a complete list";
            if (!authorities.Any(authority => Convert.ToHexString(authority.SubjectName.RawData) == issuer && Verifies(authority, algorithm, content, signature)))
                return "is not signed by an authority of --tls-client-ca";
            list = new RevocationList(issuer, next, serials);
            return null;
        }
        catch (Exception fault) when (fault is AsnContentException or CryptographicException)
        {
            return "is no certificate revocation list";
        }
    }

    private static FrozenSet<string> ReadEntries(AsnReader body, out string? strange)
    {
        strange = null;
        var serials = new List<string>();
        if (!body.HasData || !body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence)) return [];
        var entries = body.ReadSequence();
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            serials.Add(Digits(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData) strange ??= Critical(entry.ReadSequence());
        }
        return serials.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>A serial number without the zeros in front that say nothing.</summary>
    public static string Digits(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));

    private static string? Critical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var type = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean() && !Harmless.Contains(type)) return type;
        }
        return null;
    }

    private static bool IsTime(AsnReader reader) => reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) || reader.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static bool Verifies(X509Certificate2 authority, string algorithm, ReadOnlyMemory<byte> content, byte[] signature)
    {
        var hash = algorithm switch
        {
            "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => default,
        };
        if (hash.Name is null) return false;
        using var rsa = authority.GetRSAPublicKey();
        if (rsa is not null) return rsa.VerifyData(content.Span, signature, hash, RSASignaturePadding.Pkcs1);
        using var curve = authority.GetECDsaPublicKey();
        return curve?.VerifyData(content.Span, signature, hash, DSASignatureFormat.Rfc3279DerSequence) == true;
    }
}
