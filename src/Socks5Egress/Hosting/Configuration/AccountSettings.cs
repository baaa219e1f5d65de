using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Dialing;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Policy;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>What the file says of one user beside the password: <c>"Accounts": { "app": { "Policy": "db" } }</c>.</summary>
internal sealed record AccountSettings
{
    private const string SectionKey = "Accounts";

    private static readonly Setting<string?> PolicySetting = new("Policy", "", "NAME", null, "The one policy of this account", Text);

    private static readonly ListSetting<Cidr> ClientsSetting = new("Clients", "", "CIDR", null, "Where it may log in from", NetworkText.Parse);

    private static readonly Setting<int> SessionsSetting = new("Sessions", "", "N", "0", "Sessions at once; 0: as for everybody", CountText.ParseOrZero);

    private static readonly ListSetting<IPAddress?> BindSetting = new("Bind", "", "ADDR[,ADDR]", null,
        "Egress source address of its connections", EndPointText.ParseAddress);

    /// <summary>The user's name.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its policy; null: the general one.</summary>
    public required string? Policy { get; init; }

    /// <summary>Where it may log in from; empty: from everywhere.</summary>
    public required ImmutableArray<Cidr> Clients { get; init; }

    /// <summary>Sessions at once; 0: as for everybody.</summary>
    public required int Sessions { get; init; }

    /// <summary>Where its connections leave from; null: as everybody's.</summary>
    public required SourceAddresses? Bind { get; init; }

    /// <summary>Reads all accounts. Each must be a user, and its policy must exist: a slip would leave somebody with the general policy.</summary>
    public static ImmutableArray<AccountSettings> Read(SettingsReader reader, UserList users, ImmutableArray<PolicySettings> policies)
    {
        var accounts = ImmutableArray.CreateBuilder<AccountSettings>();
        foreach (var section in reader.Sections(SectionKey))
        {
            var name = section[(SectionKey.Length + 1)..];
            var policy = reader.Read(PolicySetting.In(section, "Policy"), out var policyWrittenAs);
            accounts.Add(new AccountSettings
            {
                Name = name,
                Policy = policy,
                Clients = [.. reader.Read(ClientsSetting.In(section, "Clients")).Select(network => network.Value)],
                Sessions = reader.Read(SessionsSetting.In(section, "Sessions")),
                Bind = BindText.Read(reader, BindSetting.In(section, "Bind")),
            });
            if (!users.Names.Contains(name))
                reader.Refuse($"{SectionKey}.{name}", "there is no such user; add it to the users' file, or remove the account");
            if (policy is not null && !policies.Any(known => known.Name == policy))
                reader.Refuse(policyWrittenAs, $"there is no policy '{policy}'; " + (policies.IsEmpty
                    ? "define it under Policies"
                    : $"there are {string.Join(", ", policies.Select(known => known.Name).Order(StringComparer.Ordinal))}"));
        }
        return accounts.ToImmutable();
    }

    private static string? Text(string text, out string? value)
    {
        value = text;
        return text.Length == 0 ? "the name is empty" : null;
    }
}
