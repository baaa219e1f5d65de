using System.Collections.Immutable;
using System.Net;
using System.Text;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Configuration;

/// <summary>Who may come in, by which ways, and what each may reach.</summary>
/// <param name="User">A name; <c>-</c> for whoever does not log in, <c>*</c> for any other name of a certificate.</param>
/// <param name="Logins">How: <c>password</c>, <c>token</c>, <c>oidc CLAIM=TEXT</c>, <c>certificate NAME</c>; none for whoever does not.</param>
/// <param name="WaysIn">The listeners, each with what it serves to this user.</param>
/// <param name="Clients">Where the account may be used from; empty: from everywhere.</param>
/// <param name="Policy">The policy's name.</param>
/// <param name="Reaches">What it says, in words.</param>
internal sealed record WhoRow(
    string User, ImmutableArray<string> Logins, ImmutableArray<string> WaysIn, ImmutableArray<string> Clients, string Policy, string Reaches);

/// <summary>The table of <c>check --who</c>.</summary>
internal static class WhoTable
{
    private const string Nobody = "-";
    private const string AnyName = "*";

    /// <summary>Every user and account, then whoever needs no login, then the static forwards.</summary>
    public static IReadOnlyList<WhoRow> Of(GatewaySettings settings)
    {
        var names = settings.Users.Users.Names.Concat(settings.Accounts.Select(account => account.Name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var rows = names.Select(name => OfUser(settings, name)).ToList();
        if (settings.Tls.Any(tls => tls.TakesAnyUser)) rows.Add(Row(settings, AnyName, ["certificate"], Ways(settings, takes: TakesAny), null));
        if (settings.Listeners.Any(TakesNobody)) rows.Add(Row(settings, Nobody, [], Ways(settings, TakesNobody), null));
        rows.AddRange(settings.Forwards.Select(forward => OfForward(settings, forward)));
        return rows;
    }

    private static WhoRow OfUser(GatewaySettings settings, string name)
    {
        var account = settings.Accounts.FirstOrDefault(account => account.Name == name);
        var hasPassword = settings.Users.Users.TryFind(Encoding.UTF8.GetBytes(name), out _, out var stored);
        var takesCertificates = settings.Tls.Any(tls => tls.ClientAuthorities.Count > 0);
        var logins = ImmutableArray.CreateBuilder<string>();
        if (hasPassword) logins.Add(stored!.IsToken ? "token" : "password");
        if (account is { Oidc.IsEmpty: false }) logins.Add("oidc " + string.Join(" and ", account.Oidc.Select(claim => $"{claim.Key}={claim.Value}")));
        else if (!settings.Users.Oidc.IsEmpty && settings.Accounts.All(each => each.Oidc.IsEmpty)) logins.Add("oidc by name");
        if (takesCertificates && (account is not { Oidc.IsEmpty: false } || account.Certificate is not null || hasPassword)) logins.Add($"certificate {account?.Certificate ?? name}");
        return Row(settings, name, logins.ToImmutable(), Ways(settings, listener => ((hasPassword || logins.Any(login => login.StartsWith("oidc", StringComparison.Ordinal))) && listener.RequiresLogin) || HasAuthorities(listener.Tls)), account);
    }

    private static WhoRow OfForward(GatewaySettings settings, ForwardSettings forward)
    {
        var byCertificate = HasAuthorities(forward.Tls);
        var way = Way(forward.Listen, "forward", forward.Tls is not null, forward.Clients);
        var targets = string.Join(", ", forward.Options.Targets);
        return new WhoRow(byCertificate ? AnyName : Nobody, byCertificate ? ["certificate"] : [], [way], [], PolicySet.GeneralName, "only " + targets);
    }

    private static WhoRow Row(GatewaySettings settings, string user, ImmutableArray<string> logins, ImmutableArray<string> ways, AccountSettings? account)
    {
        var policy = settings.Policies.FirstOrDefault(policy => policy.Name == account?.Policy) ?? settings.Policy;
        return new WhoRow(user, logins, ways, [.. (account?.Clients ?? []).Select(network => network.ToString())], policy.Name, Reaches(policy));
    }

    private static bool TakesNobody(ListenerSettings listener) => !listener.RequiresLogin && !HasAuthorities(listener.Tls);

    private static bool TakesAny(ListenerSettings listener) => listener.Tls is { TakesAnyUser: true };

    private static bool HasAuthorities(TlsSettings? tls) => tls is { ClientAuthorities.Count: > 0 };

    private static ImmutableArray<string> Ways(GatewaySettings settings, Func<ListenerSettings, bool> takes) =>
    [
        .. settings.Listeners.Where(takes).Select(listener => Way(
            listener.EndPoint, Protocols(listener.Protocols) + (settings.Commands == ServedCommands.Connect ? "" : "+" + Commands(settings.Commands)),
            listener.Tls is not null, listener.Clients)),
    ];

    private static string Way(IPEndPoint endpoint, string serves, bool isTls, ImmutableArray<Cidr> clients)
        => $"{EndPointParser.Format(endpoint)} {serves}{(isTls ? " in TLS" : "")}{(clients.IsEmpty ? "" : " from " + string.Join(", ", clients))}";

    private static string Protocols(ServedProtocols served) => Names(
        (served.HasFlag(ServedProtocols.Socks5), "socks5"), (served.HasFlag(ServedProtocols.Socks4), "socks4"), (served.HasFlag(ServedProtocols.Http), "http"));

    private static string Commands(ServedCommands served) => Names((served.HasFlag(ServedCommands.Bind), "bind"), (served.HasFlag(ServedCommands.Udp), "udp"));

    private static string Names(params (bool Has, string Name)[] names) => string.Join(',', names.Where(name => name.Has).Select(name => name.Name));

    private static string Reaches(PolicySettings policy)
    {
        var allowed = string.Join(", ", policy.Allow.Select(rule => rule.Text));
        var denied = policy.Deny.IsEmpty ? "" : "; not " + string.Join(", ", policy.Deny.Select(rule => rule.Text));
        var text = policy.Default == PolicyDefault.Public
            ? "public addresses" + (allowed.Length == 0 ? "" : ", " + allowed)
            : allowed.Length == 0 ? "nothing" : "only " + allowed;
        return text + denied + policy.Mode switch
        {
            PolicyMode.Report => " (report: what this refuses is let through and counted)",
            PolicyMode.Open => " (open: what this refuses is let through)",
            _ => "",
        };
    }
}
