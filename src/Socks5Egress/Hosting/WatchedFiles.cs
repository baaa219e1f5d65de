using System.Security.Cryptography;
using Socks5Egress.Configuration;

namespace Socks5Egress.Hosting;

/// <summary>
/// The files that a configuration is made of: its own, users, certificates. Looked at by content, not by date: where secrets are mounted, files change
/// by a link somewhere above them, and a clock may go back.
/// </summary>
internal sealed class WatchedFiles
{
    private readonly string? _configuration;
    private string _seen;

    /// <param name="start">What was just loaded.</param>
    public WatchedFiles(LoadedConfiguration start)
    {
        _configuration = start.File;
        _seen = Look(start.Settings!);
    }

    /// <summary>Whether any of them has changed since this was last asked.</summary>
    /// <param name="now">The settings that hold; they name the files.</param>
    public bool Changed(GatewaySettings now)
    {
        var before = _seen;
        _seen = Look(now);
        return _seen != before;
    }

    private string Look(GatewaySettings settings)
    {
        var files = new[] { _configuration, settings.Users.File }.Concat(settings.Tls.SelectMany(each => new[] { each.Files.Certificate, each.Files.Key, each.ClientCaFile, each.ClientCrlFile }))
            .Concat(settings.Users.Oidc.SelectMany(each => new[] { each.JwksFile, each.CaFile })).Append(settings.Users.LoginKeyFile);
        return string.Join('|', files.OfType<string>().Distinct(StringComparer.Ordinal).Select(Digest));
    }

    private static string Digest(string file)
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "-";
        }
    }
}
