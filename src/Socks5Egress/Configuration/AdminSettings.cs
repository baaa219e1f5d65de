using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Configuration;

/// <summary>Where the admin address is, and who is served what there.</summary>
internal sealed record AdminSettings
{
    /// <summary>Less can be guessed.</summary>
    public const int ShortestToken = 16;

    /// <summary>More cannot be the password of Basic credentials here.</summary>
    public const int LongestToken = 255;

    private static readonly Setting<IPEndPoint?> EndPointSetting = new("Admin", "--admin", "ADDR:PORT|off", "127.0.0.1:9180",
        "Health, readiness, metrics and sessions over HTTP", EndPointParser.ParseOrOff);

    private static readonly Setting<string?> TokenSetting = new("AdminTokenFile", "--admin-token-file", "FILE", null,
        "Holds the token that opens sessions and the status page off loopback, as a bearer token or as the password of any user", ParsePath)
    {
        IsText = true,
        DefaultWords = "they are served on loopback only",
    };

    private static readonly ListSetting<string?> HostsSetting = new("AdminHosts", "--admin-host", "NAME[,NAME]", null,
        "Names under which sessions and the status page may be asked for, beside addresses and localhost", ParseName) { IsText = true };

    public static SettingGroup Group { get; } = new("Admin", [EndPointSetting, TokenSetting, HostsSetting]);

    /// <summary>Null: off.</summary>
    public required IPEndPoint? EndPoint { get; init; }

    /// <summary>What opens the private pages off loopback; null: nothing does.</summary>
    public required Secret? Token { get; init; }

    /// <summary>Names that a Host may have, beside addresses and localhost.</summary>
    public required ImmutableArray<string> Hosts { get; init; }

    public static AdminSettings Read(SettingsReader reader)
    {
        Secret? token = null;
        if (reader.Read(TokenSetting, out var writtenAs) is { } file && ReadToken(file, reader.Patience, out token) is { } error) reader.Refuse(writtenAs, error);
        return new AdminSettings
        {
            EndPoint = reader.Read(EndPointSetting),
            Token = token,
            Hosts = [.. reader.Read(HostsSetting).Select(host => host.Value).OfType<string>()],
        };
    }

    /// <summary>Reads a file that only its owner and group can read; one newline at its end is dropped.</summary>
    private static string? ReadToken(string path, FilePatience patience, out Secret? token)
    {
        token = null;
        if (PrivateFile.Read(path, patience, out var text) is { } error) return error;
        text = text.TrimEnd('\n').TrimEnd('\r');
        if (text.Length is < ShortestToken or > LongestToken || text.Any(letter => letter is <= ' ' or > '~'))
            return $"'{path}' holds no token: one line of {ShortestToken} to {LongestToken} letters, digits or signs; make one with: openssl rand -hex 32";
        token = new Secret(text);
        return null;
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text;
        return text.Length == 0 ? "the file's name is empty" : null;
    }

    private static string? ParseName(string text, out string? name)
    {
        name = text.ToLowerInvariant();
        return Uri.CheckHostName(text) == UriHostNameType.Dns ? null : $"'{text}' is not a host name; write it without a port, such as gateway.internal";
    }
}
