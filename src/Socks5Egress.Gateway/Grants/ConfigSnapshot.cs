using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>What holds for the sessions of one user, beside the policy.</summary>
/// <param name="Sessions">Sessions at once; 0: as for everybody.</param>
/// <param name="Clients">Where it may log in from; empty: from everywhere.</param>
/// <param name="Sources">Where its connections leave from; null: as everybody's.</param>
internal sealed record Account(int Sessions, ImmutableArray<Cidr> Clients, EgressAddresses? Sources)
{
    /// <summary>The pace of its sessions.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;

    /// <summary>New sessions a minute; 0: as for everybody.</summary>
    public int NewSessions { get; init; }

    /// <summary>Whether a changed password lets its sessions end at a quiet moment; null: as for everybody.</summary>
    public bool? RetireOnPasswordChange { get; init; }

    /// <summary>Its sessions end when the token does that they came with.</summary>
    public bool EndsWithToken { get; init; }
}

/// <summary>
/// What a reload swaps, whole: who may come in, where they may go, by which way, and how many. Immutable. A request reads
/// <see cref="Socks5Egress.Gateway.Grants.CurrentSnapshot.Now"/> once and is judged by that alone.
/// </summary>
internal sealed record ConfigSnapshot
{
    public required PolicySet Policies { get; init; }

    /// <summary>This machine's own endpoints, as the policies know them.</summary>
    public LocalEndpoints Local { get; init; } = LocalEndpoints.None;

    /// <summary>Families and source addresses where neither a route nor the account says otherwise.</summary>
    public required EgressRoute WayOut { get; init; }

    /// <summary>Routes by target.</summary>
    public RouteTable<Route> Routes { get; init; } = new([]);

    /// <summary>What is said of users beside their passwords, by name.</summary>
    public FrozenDictionary<string, Account> Accounts { get; init; } = FrozenDictionary<string, Account>.Empty;

    /// <summary>How much is let in.</summary>
    public SessionLimits Limits { get; init; }

    /// <summary>How long sessions may go on and how fast, where nothing more special says it.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;

    /// <summary>The same by the name of a policy.</summary>
    public FrozenDictionary<string, SessionTerms> PolicyTerms { get; init; } = FrozenDictionary<string, SessionTerms>.Empty;

    /// <summary>When sessions that are due end.</summary>
    public RetireSettings Retiring { get; init; }

    /// <summary>Who may log in; null when there are no users.</summary>
    public UserAuthenticator? Users { get; init; }

    /// <summary>Whom tokens log in; null when none are taken.</summary>
    public TokenAuthenticator? Tokens { get; init; }

    /// <summary>What each listener asks of its clients, in the order of the openings, static forwards last; null for one that is gone.</summary>
    public ImmutableArray<ListenerPolicy?> Listeners { get; init; } = [];

    /// <summary>The same rules on a machine with other endpoints of its own.</summary>
    public ConfigSnapshot On(LocalEndpoints local) => this with { Local = local, Policies = Policies.With(local) };

    /// <summary>What a listener asks of its clients; null: the configuration has no such listener any more.</summary>
    public ListenerPolicy? ListenerOf(int number) => (uint)number < (uint)Listeners.Length ? Listeners[number] : null;

    /// <summary>Whether an account may be used from where the client is.</summary>
    public bool AdmitsUser(string user, IPAddress client) => !Accounts.TryGetValue(user, out var account) || account.Clients.IsEmpty
        || ListenerPolicy.IsIn(account.Clients, AddressLiteral.Canonical(client));

    /// <summary>Whether the sessions of a changed password end at a quiet moment instead of at once.</summary>
    public bool RetiresOnPasswordChange(string user) =>
        (Accounts.TryGetValue(user, out var account) ? account.RetireOnPasswordChange : null) ?? Retiring.OnPasswordChange;

    /// <summary>Whether sessions of an account end with their tokens.</summary>
    public bool EndsWithToken(string user) => Accounts.TryGetValue(user, out var account) && account.EndsWithToken;

    /// <summary>The user's own limit of sessions; 0: the general one.</summary>
    public int SessionsOf(string? user) => user is not null && Accounts.TryGetValue(user, out var account) ? account.Sessions : 0;

    /// <summary>The user's own limit of new sessions a minute; 0: the general one.</summary>
    public int RateOf(string? user) => user is not null && Accounts.TryGetValue(user, out var account) ? account.NewSessions : 0;

    /// <summary>The way to one judged address: a route's word goes before the account's, that before the general one.</summary>
    public Candidate Candidate(string? user, in TargetQuery question, IPAddress address)
    {
        var found = Routes.Find(question, address);
        return new Candidate(address, Way(user, found.Route), found.Rule);
    }

    /// <summary>The ways that the addresses of a name may have, before they are known; the likeliest first.</summary>
    public IEnumerable<EgressRoute> PossibleWays(string? user, TargetQuery question) => Routes.Possible(question).Select(route => Way(user, route));

    private EgressRoute Way(string? user, Route? route)
    {
        var account = user is not null && Accounts.TryGetValue(user, out var own) ? own.Sources : null;
        var sources = route?.Sources ?? account;
        return new EgressRoute(route?.Family ?? WayOut.Family, sources is { } named ? named with { IsProven = WayOut.Sources.IsProven } : WayOut.Sources);
    }
}
