using System.Security.Cryptography;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Hosting;

/// <summary>
/// The files that a configuration is made of: its own, users, certificates. Looked at by content, not by date: where secrets are mounted, files change
/// by a link somewhere above them, and a clock may go back.
/// </summary>
internal sealed class WatchedFiles
{
    private const int LongestPause = 10 * 60_000;
    private const string Silent = "?";

    // Each look at a file whose file system does not answer costs a thread until it does, so that the looks become rare
    private readonly Dictionary<string, (int Pause, long Next)> _silent = new(StringComparer.Ordinal);
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
        var patience = FilePatience.OfLook;
        return string.Join('|', files.OfType<string>().Distinct(StringComparer.Ordinal).Select(file => Digest(file, patience)));
    }

    private string Digest(string file, FilePatience patience)
    {
        var (pause, next) = _silent.GetValueOrDefault(file);
        if (Environment.TickCount64 < next) return Silent;
        try
        {
            var digest = Convert.ToHexString(SHA256.HashData(FileContent.ReadAgain(file, patience).Bytes));
            _silent.Remove(file);
            return digest;
        }
        catch (TimeoutException)
        {
            pause = Math.Clamp(2 * pause, 1000, LongestPause);
            _silent[file] = (pause, Environment.TickCount64 + pause);
            return Silent;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _silent.Remove(file);
            return "-";
        }
    }
}
