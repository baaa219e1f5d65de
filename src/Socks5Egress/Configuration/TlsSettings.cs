using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Certificates;

namespace Socks5Egress.Configuration;

/// <summary>TLS in front of a listener's protocols, with what the files held when they were read.</summary>
internal sealed record TlsSettings
{
    private static readonly Setting<string?> CertSetting = new("Tls:Cert", "--tls-cert", "FILE", null,
        "Certificate in PEM, followed by its intermediates: TLS in front of every protocol", ParsePath) { DefaultWords = "plain", IsText = true };

    private static readonly Setting<string?> KeySetting = new("Tls:Key", "--tls-key", "FILE", null,
        "Its private key in PEM, not encrypted", ParsePath) { DefaultWords = "none", IsText = true };

    private static readonly Setting<string?> ClientCaSetting = new("Tls:ClientCa", "--tls-client-ca", "FILE", null,
        "CA certificates in PEM: a client's certificate from them is its login", ParsePath) { DefaultWords = "clients show no certificates", IsText = true };

    private static readonly Setting<bool> ClientUsersSetting = new("Tls:ClientUsers", "--tls-client-users", "listed|any", "listed",
        "Whose certificates log in: those of accounts and listed users, or any common name, with the general policy", Choice.Of(("listed", false), ("any", true)));

    private static readonly Setting<string?> ClientCrlSetting = new("Tls:ClientCrl", "--tls-client-crl", "FILE", null,
        "What these CAs have taken back, in PEM: one list of each", ParsePath) { DefaultWords = "none", IsText = true };

    /// <summary>What an operator should know of <c>--tls-client-users any</c>.</summary>
    public const string AnyUserWarning = "--tls-client-users any: every holder of a certificate issued by --tls-client-ca can log in, with the general policy where the name is no account's";

    private const string NoAuthorities = "there are no client certificates; add --tls-client-ca FILE";

    public static IReadOnlyList<Setting> Settings { get; } = [CertSetting, KeySetting, ClientCaSetting, ClientUsersSetting, ClientCrlSetting];

    /// <summary>Where certificate and key lie.</summary>
    public required CertificateFiles Files { get; init; }

    /// <summary>What they held.</summary>
    public required SslStreamCertificateContext Certificate { get; init; }

    /// <summary>Where the authorities lie; null: clients show no certificates.</summary>
    public required string? ClientCaFile { get; init; }

    /// <summary>Who vouches for clients; empty: clients show no certificates.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>Any common name is a login.</summary>
    public required bool TakesAnyUser { get; init; }

    /// <summary>Where the authorities' lists of what they have taken back lie; null: nobody keeps one.</summary>
    public required string? ClientCrlFile { get; init; }

    /// <summary>What those held.</summary>
    public required IReadOnlyList<RevocationList>? Revoked { get; init; }

    /// <summary>Which certificates of clients are a login, and whose.</summary>
    public ClientTrust Trust(ImmutableArray<AccountSettings> accounts, UserList users) => new()
    {
        Authorities = ClientAuthorities,
        Names = AccountSettings.NamesOf(accounts, users, TakesAnyUser),
        Revoked = Revoked,
    };

    /// <summary>The options of the command line; null: plain.</summary>
    public static TlsSettings? Read(SettingsReader reader) => Read(reader, CertSetting, KeySetting, ClientCaSetting, ClientUsersSetting, ClientCrlSetting);

    /// <summary>What one item of <c>Listeners</c> says; null: plain, <c>"Cert": "off"</c>.</summary>
    /// <returns>False when it says nothing of it.</returns>
    public static bool TryRead(SettingsReader reader, string section, out TlsSettings? tls)
    {
        var says = reader.HasBelow(section + ":Tls");
        var (cert, key, ca) = (CertSetting.In(section, "Tls:Cert"), KeySetting.In(section, "Tls:Key"), ClientCaSetting.In(section, "Tls:ClientCa"));
        var (users, crl) = (ClientUsersSetting.In(section, "Tls:ClientUsers"), ClientCrlSetting.In(section, "Tls:ClientCrl"));
        tls = says ? Read(reader, cert, key, ca, users, crl) : null;
        if (!says) foreach (var setting in new Setting[] { cert, key, ca, users, crl }) reader.Know(setting);
        return says;
    }

    private static TlsSettings? Read(
        SettingsReader reader, Setting<string?> certSetting, Setting<string?> keySetting, Setting<string?> caSetting, Setting<bool> usersSetting,
        Setting<string?> crlSetting)
    {
        var cert = reader.Read(certSetting, out var certWrittenAs);
        var key = reader.Read(keySetting, out var keyWrittenAs);
        var ca = reader.Read(caSetting, out var caWrittenAs);
        var takesAny = reader.Read(usersSetting, out var usersWrittenAs);
        var crl = reader.Read(crlSetting, out var crlWrittenAs);
        if (ca is null && takesAny) reader.Refuse(usersWrittenAs, NoAuthorities);
        if (ca is null && crl is not null) reader.Refuse(crlWrittenAs, NoAuthorities);
        if (cert is null or "off")
        {
            if (key is not null) reader.Refuse(keyWrittenAs, "there is no certificate for the key; add --tls-cert FILE");
            if (ca is not null) reader.Refuse(caWrittenAs, "without TLS there are no client certificates; add --tls-cert FILE and --tls-key FILE");
            return null;
        }

        if (key is null)
        {
            reader.Refuse(certWrittenAs, "there is no key for the certificate; add --tls-key FILE");
            return null;
        }

        var files = new CertificateFiles(cert, key);
        if (files.Load(reader.Patience, out var certificate) is { } fault) reader.Refuse(certWrittenAs, fault);
        var authorities = ca is null ? [] : ReadAuthorities(reader, ca, caWrittenAs);
        return certificate is null ? null : new TlsSettings
        {
            Files = files, Certificate = certificate, ClientCaFile = ca, ClientAuthorities = authorities,
            TakesAnyUser = takesAny, ClientCrlFile = crl, Revoked = crl is null || authorities.Count == 0 ? null : ReadLists(reader, crl, crlWrittenAs, authorities),
        };
    }

    private static List<RevocationList> ReadLists(SettingsReader reader, string file, string writtenAs, X509Certificate2Collection authorities)
    {
        var lists = new List<RevocationList>();
        if (PrivateFile.ReadTrusted(file, reader.Patience, out var text) is { } error)
        {
            reader.Refuse(writtenAs, error);
            return lists;
        }

        while (PemEncoding.TryFind(text, out var fields))
        {
            var der = text[fields.Label] == "X509 CRL" ? Convert.FromBase64String(text[fields.Base64Data]) : [];
            if (RevocationList.Read(der, authorities, out var list) is { } fault) reader.Refuse(writtenAs, $"'{file}': list {lists.Count + 1} {fault}");
            if (list is null) return lists;
            lists.Add(list);
            text = text[fields.Location.End..];
        }

        foreach (var authority in authorities.Where(authority => lists.All(list => list.Issuer != Convert.ToHexString(authority.SubjectName.RawData))))
            reader.Refuse(writtenAs, $"'{file}' has no list of '{authority.Subject}'; every authority of --tls-client-ca needs one, an empty one too");
        if (lists.Find(list => list.NextUpdate <= TimeProvider.System.GetUtcNow()) is { } old)
            reader.Refuse(writtenAs, $"'{file}' has a list that is over since {old.NextUpdate:u}; get the next one from its authority");
        return lists;
    }

    private static X509Certificate2Collection ReadAuthorities(SettingsReader reader, string file, string writtenAs)
    {
        var authorities = new X509Certificate2Collection();
        if (PrivateFile.ReadTrusted(file, reader.Patience, out var text) is { } error)
        {
            reader.Refuse(writtenAs, error);
            return authorities;
        }

        try
        {
            authorities.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            authorities.Clear();
        }

        if (authorities.Count == 0) reader.Refuse(writtenAs, $"'{file}' holds no certificate in PEM");
        return authorities;
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text;
        return text.Length == 0 ? "the file's name is empty" : null;
    }
}
