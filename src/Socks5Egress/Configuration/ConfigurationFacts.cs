using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Socks5Egress.Configuration;

/// <summary>
/// What an effective configuration says, by name: settings, users, certificates. For the audit: whether two are the same, and where they differ.
/// What users are known by is only ever seen as a digest.
/// </summary>
internal static class ConfigurationFacts
{
    /// <summary>The digest of all of it: <c>sha256:</c> and hexadecimal digits.</summary>
    public static string Digest(LoadedConfiguration loaded)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, fact) in Of(loaded)) hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{fact}\n"));
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The names of what differs, in order.</summary>
    public static ImmutableArray<string> Changes(LoadedConfiguration before, LoadedConfiguration after)
    {
        var (one, other) = (Of(before), Of(after));
        return [.. one.Keys.Union(other.Keys).Where(name => one.GetValueOrDefault(name) != other.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
    }

    private static SortedDictionary<string, string> Of(LoadedConfiguration loaded)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in loaded.Effective)
        {
            var name = setting.Key.Replace(':', '.');
            facts[name] = facts.GetValueOrDefault(name) + string.Join('\n', setting.Texts);
        }
        if (loaded.Settings is not { } settings) return facts;
        foreach (var user in settings.Users.Users.Names)
            facts[$"user {user}"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(settings.Users.Users.StoredOf(user)!.Format())));
        foreach (var issuer in settings.Users.Oidc.Where(issuer => issuer.JwksFile is not null))
            facts[$"keys {issuer.JwksFile}"] = string.Join(',', issuer.Keys.Select(key => $"{key.KeyId} {Convert.ToHexString(SHA256.HashData(key.First.AsSpan()))}"));
        if (settings.Users.LoginKey is { } secret) facts[$"login key {settings.Users.LoginKeyFile}"] = Convert.ToHexString(SHA256.HashData(secret));
        foreach (var tls in settings.Tls)
        {
            facts[$"certificate {tls.Files.Certificate}"] = tls.Certificate.TargetCertificate.Thumbprint;
            if (tls.ClientCaFile is { } file) facts[$"certificate {file}"] = string.Join(',', tls.ClientAuthorities.Select(each => each.Thumbprint));
        }
        return facts;
    }
}
