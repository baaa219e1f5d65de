using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Configuration;

/// <summary>One issuer whose tokens log in, with what its files held when they were read.</summary>
internal sealed record OidcSettings
{
    /// <summary>What an operator should know of issuers without accounts that select their tokens.</summary>
    public const string AnyTokenWarning =
        "--oidc without an account that has Oidc: every token of the issuer for this audience logs in, with the general policy where its name is no account's; say in Accounts which claims are whose";

    private const string Form = "must be issuer=URL;audience=TEXT;user=CLAIM[;jwks=FILE][;ca=FILE]";

    private static readonly ListSetting<OidcText?> OidcSetting = new("Oidc", "--oidc", "ISSUER", null,
        "Tokens (JWT) of this issuer log in (repeatable): issuer=URL;audience=TEXT;user=CLAIM[;jwks=FILE][;ca=FILE]", OidcText.Parse) { SplitsAtComma = false, IsText = true };

    private static readonly Setting<string?> LoginKeySetting = new("LoginKey", "--login-key", "FILE", null,
        "The key of the passwords that tokens buy (at least 32 bytes), the same on every gateway that shall take them", ParsePath)
    {
        IsText = true, DefaultWords = "one of its own, until it restarts",
    };

    private static readonly string[] Needed = ["issuer", "audience", "user"];

    public static SettingGroup Group { get; } = new("Tokens", [OidcSetting, LoginKeySetting]);

    /// <summary>The <c>iss</c> of its tokens, to the letter.</summary>
    public required string Issuer { get; init; }

    /// <summary>One of the <c>aud</c> of each token.</summary>
    public required string Audience { get; init; }

    /// <summary>The claim that is the user's name.</summary>
    public required string UserClaim { get; init; }

    /// <summary>The file with its keys; null: they are fetched.</summary>
    public required string? JwksFile { get; init; }

    /// <summary>What that file held.</summary>
    public ImmutableArray<JsonWebKey> Keys { get; init; } = [];

    /// <summary>The file with the authorities of its HTTPS; null: those that this machine trusts.</summary>
    public required string? CaFile { get; init; }

    /// <summary>What that file held.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>Reads all of them, and the key of bought passwords.</summary>
    /// <param name="reader">Where they come from.</param>
    /// <param name="loginKeyFile">Where that key lies; null: it is the gateway's own.</param>
    /// <param name="loginKey">32 bytes; null without a file.</param>
    public static ImmutableArray<OidcSettings> Read(SettingsReader reader, out string? loginKeyFile, out byte[]? loginKey)
    {
        var issuers = ImmutableArray.CreateBuilder<OidcSettings>();
        foreach (var (text, writtenAs) in reader.Read(OidcSetting))
        {
            if (text is null) continue;
            var (keys, authorities) = (ImmutableArray<JsonWebKey>.Empty, new X509Certificate2Collection());
            if (text.Jwks is { } jwks && ReadKeys(jwks, reader.Patience, out keys) is { } fault) reader.Refuse(writtenAs, fault);
            if (text.Ca is { } ca && ReadAuthorities(ca, reader.Patience, authorities) is { } wrong) reader.Refuse(writtenAs, wrong);
            if (issuers.Any(other => (other.Issuer, other.Audience) == (text.Issuer, text.Audience))) reader.Refuse(writtenAs, "another --oidc has the same issuer and audience");
            issuers.Add(new OidcSettings
            {
                Issuer = text.Issuer, Audience = text.Audience, UserClaim = text.User, JwksFile = text.Jwks, Keys = keys, CaFile = text.Ca, Authorities = authorities,
            });
        }
        loginKeyFile = reader.Read(LoginKeySetting, out var keyWrittenAs);
        loginKey = null;
        if (loginKeyFile is not null && issuers.Count == 0) reader.Refuse(keyWrittenAs, "no token buys a password here; add --oidc");
        else if (loginKeyFile is not null && ReadLoginKey(loginKeyFile, reader.Patience, out loginKey) is { } error) reader.Refuse(keyWrittenAs, error);
        return issuers.ToImmutable();
    }

    private static string? ReadKeys(string file, FilePatience patience, out ImmutableArray<JsonWebKey> keys)
    {
        keys = [];
        if (PrivateFile.ReadTrusted(file, patience, out var text) is { } error) return error;
        return JsonWebKeySet.TryRead(Encoding.UTF8.GetBytes(text), out keys) is { } fault ? $"'{file}' {fault}" : null;
    }

    private static string? ReadAuthorities(string file, FilePatience patience, X509Certificate2Collection authorities)
    {
        if (PrivateFile.ReadTrusted(file, patience, out var text) is { } error) return error;
        try
        {
            authorities.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            authorities.Clear();
        }
        return authorities.Count == 0 ? $"'{file}' holds no certificate in PEM" : null;
    }

    private static string? ReadLoginKey(string file, FilePatience patience, out byte[]? key)
    {
        key = null;
        if (PrivateFile.ReadBytes(file, patience, out var bytes) is { } error) return error;
        // Secrets come with a newline at their end, or without one
        var secret = bytes.AsSpan().TrimEnd(" \t\r\n"u8);
        if (secret.Length < 32) return $"'{file}' holds less than 32 bytes; make one: head -c 32 /dev/urandom | base64 > {Path.GetFileName(file)}";
        key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.ToArray(), 32, salt: [], info: "socks5egress bought passwords 1"u8.ToArray());
        CryptographicOperations.ZeroMemory(bytes);
        return null;
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text;
        return text.Length == 0 ? "the file's name is empty" : null;
    }

    /// <summary>The text of one <c>--oidc</c>, taken apart.</summary>
    private sealed record OidcText(string Issuer, string Audience, string User, string? Jwks, string? Ca)
    {
        private static readonly string[] Needed = ["issuer", "audience", "user"];

        public static string? Parse(string text, out OidcText? parsed)
        {
            parsed = null;
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = part.IndexOf('=', StringComparison.Ordinal);
                var name = equals < 0 ? part : part[..equals];
                if (name is not ("issuer" or "audience" or "user" or "jwks" or "ca")) return $"'{name}' is none of issuer, audience, user, jwks and ca; it {Form}";
                if (equals < 0 || equals == part.Length - 1) return $"{name} has no value; it {Form}";
                if (!values.TryAdd(name, part[(equals + 1)..])) return $"{name} is there twice";
            }
            if (Needed.FirstOrDefault(name => !values.ContainsKey(name)) is { } missing) return $"{missing} is missing; it {Form}";
            var issuer = values["issuer"];
            var hasKeys = values.TryGetValue("jwks", out var jwks);
            if (!hasKeys && !IsHttps(issuer)) return $"issuer '{issuer}' is not an https URL without query and fragment, where its keys could be fetched; write one, or add jwks=FILE";
            if (hasKeys && values.ContainsKey("ca")) return "ca is for fetching keys, and jwks has them in a file; leave one of them out";
            parsed = new OidcText(issuer, values["audience"], values["user"], jwks, values.GetValueOrDefault("ca"));
            return null;
        }

        private static bool IsHttps(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", Query: "", Fragment: "", UserInfo: "" };
    }
}
