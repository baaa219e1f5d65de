using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Negotiation.Tls;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>TLS in front of a listener's protocols, with what the files held when they were read.</summary>
internal sealed record TlsSettings
{
    private static readonly Setting<string?> CertSetting = new("Tls:Cert", "--tls-cert", "FILE", null,
        "Certificate in PEM, with those between it and the root behind it: TLS in front of every protocol", ParsePath) { DefaultWords = "plain" };

    private static readonly Setting<string?> KeySetting = new("Tls:Key", "--tls-key", "FILE", null,
        "Its private key in PEM, not encrypted", ParsePath) { DefaultWords = "none" };

    private static readonly Setting<string?> ClientCaSetting = new("Tls:ClientCa", "--tls-client-ca", "FILE", null,
        "CA certificates in PEM: a client's certificate from them is its login, the common name its user", ParsePath) { DefaultWords = "clients show no certificates" };

    public static IReadOnlyList<Setting> Settings { get; } = [CertSetting, KeySetting, ClientCaSetting];

    /// <summary>Where certificate and key lie.</summary>
    public required CertificateFiles Files { get; init; }

    /// <summary>What they held.</summary>
    public required SslStreamCertificateContext Certificate { get; init; }

    /// <summary>Where the authorities lie; null: clients show no certificates.</summary>
    public required string? ClientCaFile { get; init; }

    /// <summary>Who vouches for clients; empty: clients show no certificates.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>The options of the command line; null: plain.</summary>
    public static TlsSettings? Read(SettingsReader reader) => Read(reader, CertSetting, KeySetting, ClientCaSetting);

    /// <summary>What one item of <c>Listeners</c> says; null: plain, <c>"Cert": "off"</c>.</summary>
    public static TlsSettings? Read(SettingsReader reader, string section) => Read(
        reader, CertSetting.In(section, "Tls:Cert"), KeySetting.In(section, "Tls:Key"), ClientCaSetting.In(section, "Tls:ClientCa"));

    private static TlsSettings? Read(SettingsReader reader, Setting<string?> certSetting, Setting<string?> keySetting, Setting<string?> caSetting)
    {
        var cert = reader.Read(certSetting, out var certWrittenAs);
        var key = reader.Read(keySetting, out var keyWrittenAs);
        var ca = reader.Read(caSetting, out var caWrittenAs);
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
        if (files.Load(out var certificate) is { } fault) reader.Refuse(certWrittenAs, fault);
        var authorities = ca is null ? [] : ReadAuthorities(reader, ca, caWrittenAs);
        return certificate is null ? null : new TlsSettings
        {
            Files = files, Certificate = certificate, ClientCaFile = ca, ClientAuthorities = authorities,
        };
    }

    private static X509Certificate2Collection ReadAuthorities(SettingsReader reader, string file, string writtenAs)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
            if (authorities.Count == 0) reader.Refuse(writtenAs, $"'{file}' holds no certificate in PEM");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reader.Refuse(writtenAs, $"'{file}' cannot be read: {exception.Message}");
        }
        catch (CryptographicException)
        {
            reader.Refuse(writtenAs, $"'{file}' holds no certificates in PEM");
        }

        return authorities;
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text;
        return text.Length == 0 ? "the file's name is empty" : null;
    }
}
