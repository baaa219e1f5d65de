using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Certificates;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>What the file says of one user beside the password: <c>"Accounts": { "app": { "Policy": "db" } }</c>.</summary>
internal sealed record AccountSettings
{
    private const string SectionKey = "Accounts";

    private static readonly Setting<string?> PolicySetting = new("Policy", "", "NAME", null, "The one policy of this account", Text) { IsText = true };

    private static readonly Setting<string?> CertificateSetting = new("Certificate", "", "NAME", null,
        "The common name or URI of its client certificate", ParseCertificate) { IsText = true };

    private static readonly ListSetting<Cidr> ClientsSetting = new("Clients", "", "CIDR", null, "Where it may log in from", NetworkParser.Parse);

    private static readonly Setting<int> SessionsSetting = new("Sessions", "", "N", "0", "Sessions at once; 0: as for everybody", CountParser.ParseOrZero);

    private static readonly ListSetting<IPAddress?> BindSetting = new("Bind", "", "ADDR[,ADDR]", null,
        "Egress source address of its connections", EndPointParser.ParseAddress);

    private static readonly Setting<int> NewSessionsSetting = new("NewSessions", "", "N", "0", "New sessions a minute; 0: as for everybody", CountParser.ParseOrZero);

    private static readonly Setting<bool?> RetireSetting = new("RetireOnPasswordChange", "", "", null,
        "A changed password lets its sessions end at a quiet moment", Choice.Of<bool?>(("true", true), ("false", false)));

    private static readonly Setting<bool> EndWithTokenSetting = new("EndWithToken", "", "", "false", "Its sessions end when their token does", Choice.Switch);

    /// <summary>The user's name.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its policy; null: the general one.</summary>
    public required string? Policy { get; init; }

    /// <summary>The common name or URI of its client certificate; null: a certificate of its own name is its login.</summary>
    public required string? Certificate { get; init; }

    /// <summary>What a token must say to be this account's, by claim; empty: tokens have it by its name alone, if at all.</summary>
    public required ImmutableArray<KeyValuePair<string, string>> Oidc { get; init; }

    /// <summary>Its sessions end when the token does that they came with.</summary>
    public required bool EndsWithToken { get; init; }

    /// <summary>Where it may log in from; empty: from everywhere.</summary>
    public required ImmutableArray<Cidr> Clients { get; init; }

    /// <summary>Sessions at once; 0: as for everybody.</summary>
    public required int Sessions { get; init; }

    /// <summary>New sessions a minute; 0: as for everybody.</summary>
    public required int NewSessions { get; init; }

    /// <summary>Bits a second in each direction of a session; 0: no limit; null: as the policy says.</summary>
    public required long? Rate { get; init; }

    /// <summary>A changed password lets its sessions end at a quiet moment; null: as for everybody.</summary>
    public required bool? RetireOnPasswordChange { get; init; }

    /// <summary>Where its connections leave from; null: as everybody's.</summary>
    public required EgressAddresses? Bind { get; init; }

    /// <summary>
    /// Reads all accounts. Each must be a user, have a certificate, or be what a token says, and its policy must exist: a slip would leave somebody with the general policy.
    /// </summary>
    /// <param name="reader">Where they come from.</param>
    /// <param name="users">Who may log in.</param>
    /// <param name="policies">The policies that there are.</param>
    /// <param name="takesCertificates">Some listener asks clients for certificates.</param>
    public static ImmutableArray<AccountSettings> Read(
        SettingsReader reader, UserSettings users, ImmutableArray<PolicySettings> policies, bool takesCertificates)
    {
        var accounts = ImmutableArray.CreateBuilder<AccountSettings>();
        foreach (var section in reader.Entries(SectionKey))
        {
            var name = section[(SectionKey.Length + 1)..];
            var policy = reader.Read(PolicySetting.In(section, "Policy"), out var policyWrittenAs);
            var certificate = reader.Read(CertificateSetting.In(section, "Certificate"), out var certificateWrittenAs);
            if (certificate is not null && !takesCertificates)
                reader.Refuse(certificateWrittenAs, "no listener asks for certificates; add --tls-client-ca FILE");
            if (certificate is not null && accounts.Any(account => account.Certificate == certificate))
                reader.Refuse(certificateWrittenAs, "another account has the same certificate");
            accounts.Add(new AccountSettings
            {
                Name = name,
                Oidc = ReadClaims(reader, section + ":Oidc", users),
                EndsWithToken = reader.Read(EndWithTokenSetting.In(section, "EndWithToken")),
                Policy = policy,
                Certificate = certificate,
                Clients = [.. reader.Read(ClientsSetting.In(section, "Clients")).Select(network => network.Value)],
                Sessions = reader.Read(SessionsSetting.In(section, "Sessions")),
                NewSessions = reader.Read(NewSessionsSetting.In(section, "NewSessions")),
                Rate = TermSettings.ReadRate(reader, section),
                RetireOnPasswordChange = reader.Read(RetireSetting.In(section, "RetireOnPasswordChange")),
                Bind = BindParser.Read(reader, BindSetting.In(section, "Bind")),
            });
            if (!CertificateNames.IsName(name))
                reader.Refuse($"{SectionKey}.{name}", "the name has a blank or a letter that cannot be seen at its end, or a control character in it");
            // Tokens log in by name where no account says otherwise
            if (users.Users.StoredOf(name) is null && !takesCertificates && accounts[^1].Oidc.IsEmpty && users.Oidc.IsEmpty)
                reader.Refuse($"{SectionKey}.{name}", "there is no such user; add it to the users' file, or remove the account");
            if (policy is not null && !policies.Any(known => known.Name == policy))
                reader.Refuse(policyWrittenAs, $"there is no policy '{policy}'; " + (policies.IsEmpty
                    ? "define it under Policies"
                    : $"there are {string.Join(", ", policies.Select(known => known.Name).Order(StringComparer.Ordinal))}"));
        }
        return accounts.ToImmutable();
    }

    private static ImmutableArray<KeyValuePair<string, string>> ReadClaims(SettingsReader reader, string section, UserSettings users)
    {
        var claims = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        if (!reader.Has(section)) return [];
        var writtenAs = section.Replace(':', '.');
        foreach (var name in reader.NamesBelow(section))
        {
            var value = reader.Read(new Setting<string?>($"{section}:{name}", "", "TEXT", null, "What the claim is, * at its end for any text", ParseClaim) { IsText = true });
            if (value is not null) claims.Add(new(name, value));
        }
        if (claims.Count == 0) reader.Refuse(writtenAs, "names no claim; write for instance { \"sub\": \"acme:billing:*\" }");
        else if (users.Oidc.IsEmpty) reader.Refuse(writtenAs, "no token logs in here; add --oidc");
        return claims.ToImmutable();
    }

    /// <summary>Whose login a certificate is.</summary>
    /// <param name="accounts">All of them.</param>
    /// <param name="users">Who has a password; a certificate of that name is as good, unless the account says another one.</param>
    /// <param name="takesAny">Any common name is a login.</param>
    public static CertificateNames NamesOf(ImmutableArray<AccountSettings> accounts, UserList users, bool takesAny) => new(
        accounts.Where(account => account.Certificate is not null)
            .ToFrozenDictionary(account => account.Certificate!, account => account.Name, StringComparer.Ordinal),
        accounts.Where(account => account.Oidc.IsEmpty).Select(account => account.Name).Concat(users.Names)
            .Except(accounts.Where(account => account.Certificate is not null).Select(account => account.Name)).ToFrozenSet(StringComparer.Ordinal),
        takesAny, accounts.Where(account => !account.Oidc.IsEmpty).Select(account => account.Name).ToFrozenSet(StringComparer.Ordinal));

    private static string? ParseClaim(string text, out string? value)
    {
        value = text;
        if (text.Length == 0) return "the claim's value is empty";
        return text.AsSpan(0, text.Length - 1).Contains('*') ? "a * stands at the end alone" : null;
    }

    private static string? ParseCertificate(string text, out string? name)
    {
        name = text;
        return CertificateNames.IsName(text) ? null : "the name is empty, has a blank or a letter that cannot be seen at its end, or a control character in it";
    }

    private static string? Text(string text, out string? value)
    {
        value = text;
        return text.Length == 0 ? "the name is empty" : null;
    }
}
