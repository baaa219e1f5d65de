using System.Collections.Immutable;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Configuration;

/// <summary>Who may log in, and whether strangers may come in without.</summary>
internal sealed record UserSettings
{
    private static readonly Setting<string?> FileSetting = new("UsersFile", "--users", "FILE", null,
        "Users, one NAME:STORED-FORM a line; make the form with 'socks5egress hash-password'", ParsePath)
    {
        IsText = true,
        DefaultWords = "the lines in SOCKS5EGRESS_USERS; without them no authentication, on loopback only",
    };

    private static readonly Setting<bool> NoAuthSetting = new("NoAuth", "--no-auth", "", "false",
        "Let a listener without users be reached from other machines", Choice.Switch);

    public static SettingGroup Group { get; } = new("Users", [FileSetting, NoAuthSetting]);

    /// <summary>Empty: nobody has to log in.</summary>
    public required UserList Users { get; init; }

    /// <summary>The file they came from, or null.</summary>
    public required string? File { get; init; }

    /// <summary>The issuers whose tokens log in.</summary>
    public ImmutableArray<OidcSettings> Oidc { get; init; } = [];

    /// <summary>Where the key of bought passwords lies; null: the gateway has one of its own.</summary>
    public string? LoginKeyFile { get; init; }

    /// <summary>That key, of 32 bytes; null without a file.</summary>
    public byte[]? LoginKey { get; init; }

    /// <summary>Clients have to log in.</summary>
    public bool AsksLogin => Users.Count > 0 || !Oidc.IsEmpty;

    /// <summary>A listener beyond loopback may do without users.</summary>
    public required bool NoAuth { get; init; }

    /// <param name="reader">Where the settings come from.</param>
    /// <param name="lines">What SOCKS5EGRESS_USERS holds, or null.</param>
    /// <param name="environmentLevel">The reader's level that is the environment: the command line is above it, the file below.</param>
    public static UserSettings Read(SettingsReader reader, string? lines, int environmentLevel)
    {
        var file = reader.Read(FileSetting, out var writtenAs);
        var noAuth = reader.Read(NoAuthSetting);
        var fileLevel = reader.LevelOf(FileSetting.Key) ?? int.MaxValue;
        if (lines is not null && fileLevel == environmentLevel)
            reader.Refuse(writtenAs, $"{EnvironmentVariables.Users} gives users too; leave one of them out");

        var errors = new List<string>();
        UserList users;
        if (lines is not null && fileLevel > environmentLevel)
        {
            (file, writtenAs) = (null, EnvironmentVariables.Users);
            users = UserFile.Parse(lines, UserFile.EnvironmentSeparators, errors);
        }
        else
        {
            users = file is null ? UserList.Empty : UserFile.Read(file, reader.Patience, errors);
        }
        foreach (var error in errors) reader.Refuse(writtenAs, error);
        var oidc = OidcSettings.Read(reader, out var loginKeyFile, out var loginKey);
        return new UserSettings { Users = users, File = file, NoAuth = noAuth, Oidc = oidc, LoginKeyFile = loginKeyFile, LoginKey = loginKey };
    }

    private static string? ParsePath(string text, out string? path)
    {
        path = text;
        return text.Length == 0 ? "the file's name is empty" : null;
    }
}
