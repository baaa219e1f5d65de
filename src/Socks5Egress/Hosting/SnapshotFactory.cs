using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Sockets;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Hosting;

/// <summary>From settings to what a reload swaps.</summary>
/// <param name="local">This machine's own endpoints.</param>
/// <param name="capacity">The sessions that this process has descriptors for.</param>
/// <param name="time">The clock.</param>
/// <param name="isProven">Whether a family leaves from where it should; null: nobody asks.</param>
/// <param name="certificates">The listeners' certificates; null where nothing is served.</param>
internal sealed class SnapshotFactory(
    LocalEndpoints local, int capacity, TimeProvider time, Func<AddressFamily, bool>? isProven = null, Certificates? certificates = null)
{
    /// <summary>The keys of the issuers; null where nobody logs in, as for an explanation.</summary>
    public TokenIssuers? Issuers { get; init; }

    /// <summary>The sockets that are open; null where none are, as for an explanation.</summary>
    public ListenerPolicies? Entrances { get; init; }

    /// <summary>The rulebook of these settings. Its listeners have the numbers of the open sockets.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="last">The one that it will replace: who has proven a password stays proven; or null.</param>
    public ConfigSnapshot Of(GatewaySettings settings, ConfigSnapshot? last)
    {
        var users = Users(settings.Users.Users, last?.Users);
        var tokens = Issuers?.Of(settings, last?.Tokens);
        var own = last?.Local ?? local;
        return new ConfigSnapshot
        {
            Local = own,
            Policies = Policies(settings, own),
            WayOut = new EgressRoute(settings.Dial.Family, Sources(settings.Dial) with { IsProven = isProven }),
            Routes = new RouteTable<Route>([.. settings.Routes.Select(route => (route.Target, route.Route))]),
            Accounts = settings.Accounts.ToFrozenDictionary(
                account => account.Name, account => new Account(account.Sessions, account.Clients, account.Bind)
                {
                    Terms = account.Rate is null ? SessionTerms.None : new SessionTerms(Rate: account.Rate),
                    EndsWithToken = account.EndsWithToken,
                    NewSessions = account.NewSessions,
                    RetireOnPasswordChange = account.RetireOnPasswordChange,
                }, StringComparer.Ordinal),
            Terms = settings.Retirement.Terms,
            PolicyTerms = settings.Policies.Append(settings.Policy).ToFrozenDictionary(policy => policy.Name, policy => policy.Terms, StringComparer.Ordinal),
            Retiring = settings.Retirement.Retiring,
            Limits = new SessionLimits(
                settings.Limits.Sessions ?? capacity, settings.Limits.Pending, settings.Limits.UserSessions, settings.Limits.SourceSessions,
                settings.Limits.Rate, settings.Limits.Warm) { UserRate = settings.Limits.UserRate },
            Users = users,
            Tokens = tokens,
            Listeners = Listeners(settings, users, tokens),
        };
    }

    /// <summary>Where connections leave from.</summary>
    public static EgressAddresses Sources(DialSettings settings) => new(settings.BindIPv4, settings.BindIPv6);

    private ImmutableArray<ListenerPolicy?> Listeners(GatewaySettings settings, UserAuthenticator? users, TokenAuthenticator? tokens)
    {
        var entrances = Entrances ?? ListenerPolicies.Of(settings);
        return
        [
            .. entrances.Match(settings.Listeners).Select(listener => listener is null ? null
                : new ListenerPolicy(listener.Protocols, listener.RequiresLogin ? users : null, listener.Clients)
                {
                    Tokens = listener.RequiresLogin ? tokens : null,
                    RequiresProxyHeader = listener.RequiresProxyHeader,
                    ProxySenders = listener.ProxySenders,
                    Commands = settings.Commands,
                    Tls = certificates?.For(listener.Tls, settings),
                }),
            .. entrances.Match(settings.Forwards).Select(match => match is not { } open ? null
                : new ListenerPolicy(ServedProtocols.None, null, open.Settings.Clients)
                {
                    RequiresProxyHeader = open.Settings.RequiresProxyHeader,
                    ProxySenders = open.Settings.ProxySenders,
                    Fixed = open.Forward,
                    RequiresTls = open.Settings.RequiresTls,
                    Terms = open.Settings.Terms,
                    Tls = certificates?.For(open.Settings.Tls, settings),
                }),
        ];
    }

    private UserAuthenticator? Users(UserList users, UserAuthenticator? last) => users.Count == 0
        ? null
        : last?.With(users) ?? new UserAuthenticator(users, PasswordHashes.Pbkdf2, Environment.ProcessorCount, time);

    private static PolicySet Policies(GatewaySettings settings, LocalEndpoints own)
    {
        var named = settings.Policies.ToDictionary(policy => policy.Name, policy => Policy(policy, settings.Nat64, own), StringComparer.Ordinal);
        var accounts = settings.Accounts.Where(account => account.Policy is not null)
            .ToDictionary(account => account.Name, account => account.Policy!, StringComparer.Ordinal);
        return PolicySet.TryCreate(Policy(settings.Policy, settings.Nat64, own), named, accounts, out var set, out var errors)
            ? set
            : throw new InvalidOperationException("Settings with errors came this far: " + string.Join("; ", errors));
    }

    private static EgressPolicy Policy(PolicySettings policy, EmbeddedIPv4 embedded, LocalEndpoints own) =>
        new(policy.Allow, policy.Deny, policy.Default, policy.Mode, own, embedded) { Tls = policy.Tls };
}
