using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Connecting;

/// <summary>Who wants to go where.</summary>
/// <param name="Lease">Whose wish it is, with what was granted so far.</param>
/// <param name="Destination">As the client, or the configuration, says it.</param>
internal readonly record struct TargetRequest(Lease Lease, Destination Destination)
{
    /// <summary>The account; null for nobody.</summary>
    public string? User => Lease.Grant.User;
}

/// <summary>What came of a judgement without dialling. It is handed back, not written anywhere: several may be under way for one session.</summary>
/// <param name="Steps">The judged addresses in the order to dial them; none when <paramref name="End"/> says why.</param>
/// <param name="End"><see cref="EndReason.None"/> when they may be dialled.</param>
/// <param name="Judgement">What the policy said.</param>
/// <param name="Rules">The rules that it was judged by.</param>
/// <param name="ResolvedAt">Timestamp of the lookup's answer; 0 without one.</param>
internal readonly record struct AuthorizedTarget(IReadOnlyList<ConnectAttempt> Steps, EndReason End, PolicyDecision Judgement, ConfigSnapshot Rules, long ResolvedAt = 0);

/// <summary>
/// The middle of the spine, from a wish to a connected target: judge the name, resolve, judge each address, arrange, dial. Whoever
/// needs a target goes through here: SOCKS and CONNECT, forwarded HTTP requests, static forwards; UDP and BIND stop before the dialling.
/// Each step is published in the lease, and the next one taken only while it holds.
/// </summary>
/// <param name="rules">What a reload swaps.</param>
/// <param name="resolver">Looks names up.</param>
/// <param name="dialer">Connects.</param>
/// <param name="time">The clock.</param>
/// <param name="hairpins">Whether a connection that leaves comes in here again.</param>
/// <param name="ceiling">How many sessions an address may have; null: any number.</param>
internal sealed class TargetConnector(
    CurrentSnapshot rules, Resolver resolver, Dialer dialer, TimeProvider time, Hairpins hairpins, DestinationLimiter? ceiling = null)
{
    private readonly DestinationLimiter _ceiling = ceiling ?? new(0, static (_, _) => { });


    /// <summary>Judges, resolves, judges and dials.</summary>
    /// <param name="wish">Who wants to go where.</param>
    /// <param name="report">Learns verdict, rule, times and endpoints; null: nobody does.</param>
    /// <param name="beside">The client's leg, so that the two can be relayed; null when there is none to relay with.</param>
    /// <param name="cancellation">Ends look-up and attempts, with a failure as a value; the caller knows why.</param>
    /// <returns>A leg and its place under the destination's ceiling, both to be disposed; or the reason.</returns>
    public async ValueTask<DialResult> DialAsync(
        TargetRequest wish, ISessionReport? report, ILeg? beside, CancellationToken cancellation)
    {
        using var found = await FindAsync(wish, beside?.Scheduler, cancellation);
        var judged = found.Judged;
        report?.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.End != EndReason.None) return new DialResult(null, judged.End) { Judgement = judged.Judgement };
        List<ConnectAttempt> places = [.. _ceiling.Enter(judged.Steps)];
        var late = found.Late(places, _ceiling);
        IPAddress? reached = null;
        IDisposable? place = null;
        DialResult dialled;
        try
        {
            dialled = await dialer.DialAsync([.. places], wish.Destination.Port, beside, cancellation, late);
            if (dialled.Leg is not null) reached = AddressLiteral.Canonical(dialled.Leg.RemoteEndPoint.Address);
        }
        finally
        {
            place = _ceiling.LeaveAllBut(places, reached);
        }
        if (dialled.Leg is not { } leg)
        {
            if (wish.Lease.IsRevoked) return new DialResult(null, EndReason.NowForbidden);
            return places.Count == 0 && judged.Steps.Count > 0 ? new DialResult(null, EndReason.LimitDestination) : dialled;
        }
        // Whoever connects to an address of its own leaves from it, or from loopback: an interface has got an address that the rules do not know yet, or a route
        // says that a network is this machine
        var own = AddressLiteral.Canonical(leg.LocalEndPoint.Address);
        if (reached!.Equals(own) || IPAddress.IsLoopback(own))
            rules.Change(now => now.Local.Owns(reached) ? now : now.On(now.Local.And(reached)));
        var lease = wish.Lease;
        if (hairpins.Leave(leg.LocalEndPoint, leg.RemoteEndPoint, static lease => ((Lease)lease).Revoke(RuleNames.OwnListener), lease) is not { } passage)
        {
            place?.Dispose();
            await leg.DisposeAsync();
            var refusal = judged.Judgement with { Verdict = Decision.Refused, Rule = RuleNames.OwnListener };
            report?.Judged(refusal, 0);
            return new DialResult(null, EndReason.PolicyDenied) { Judgement = refusal };
        }
        place = new Places(place, passage);
        if (!wish.Lease.Hold(wish.Lease.Grant with { Address = reached, Source = leg.LocalEndPoint.Address, Candidates = [] }, judged.Rules))
        {
            await leg.DisposeAsync();
            place.Dispose();
            return new DialResult(null, EndReason.NowForbidden);
        }
        report?.Connected(leg.RemoteEndPoint, leg.LocalEndPoint);
        return dialled with { Place = place, Judgement = judged.Judgement };
    }

    /// <summary>What a connected target takes up: its place under the ceiling and its entry among what may come back here.</summary>
    private sealed record Places(IDisposable? Ceiling, IDisposable Passage) : IDisposable
    {
        public void Dispose()
        {
            Ceiling?.Dispose();
            Passage.Dispose();
        }
    }

    /// <summary>Listens for a peer that will come by itself (BIND), at a port of the system's choice.</summary>
    /// <exception cref="SocketException">The address could not be bound.</exception>
    public IAcceptor Listen(IPAddress address) => dialer.Listen(address);

    /// <summary>Everything but the dialling; addresses that come late are left out.</summary>
    /// <inheritdoc cref="DialAsync"/>
    public async ValueTask<AuthorizedTarget> JudgeAsync(TargetRequest wish, PipeScheduler scheduler, CancellationToken cancellation)
    {
        using var found = await FindAsync(wish, scheduler, cancellation);
        return found.Judged;
    }

    /// <summary>The verdict on a name that may stand for several: on the first that is not passed over.</summary>
    public NameVerdict JudgeNames(ConfigSnapshot rules, TargetRequest wish)
    {
        NameVerdict verdict = default;
        foreach (var candidate in NameCandidates.Of(wish.Destination, resolver.SearchList))
        {
            verdict = JudgeName(rules, wish with { Destination = candidate });
            if (!IsPassedOver(verdict)) break;
        }
        return verdict;
    }

    /// <summary>Account and name alone: for a request that may use a connection that is there already.</summary>
    public static NameVerdict JudgeName(ConfigSnapshot rules, in TargetRequest wish) =>
        GrantRules.RefusesLogin(rules, wish.Lease.Grant) is { } rule
            ? NameVerdict.Refused(rule)
            : rules.Policies.For(wish.User).Policy.JudgeName(wish.Destination, rules.ListenerOf(wish.Lease.Grant.Listener)?.Fixed?.RuleOf(wish.Destination));

    private static AuthorizedTarget Revoked(string policy, ConfigSnapshot rules) => new([], EndReason.NowForbidden, new PolicyDecision(policy, Decision.Refused, null), rules);

    /// <summary>What no rule allows is passed over for the next name; what a rule denies is denied, whatever the names behind it are.</summary>
    private static bool IsPassedOver(in NameVerdict name) => name is { Decision: NameDecision.Refused, Rule: RuleNames.DefaultNone };

    /// <summary>The first of the names that this one may stand for that exists and that the rules let through.</summary>
    private async ValueTask<ResolvedTarget> FindAsync(TargetRequest wish, PipeScheduler? scheduler, CancellationToken cancellation)
    {
        ResolvedTarget? passedOver = null;
        ResolvedTarget? last = null;
        // Fixed targets are full names: its rule is for exactly those
        var isFixed = wish.Lease.ListenerOf(rules.Now).Fixed is not null;
        foreach (var candidate in NameCandidates.Of(wish.Destination, isFixed ? [] : resolver.SearchList))
        {
            last = await FindOneAsync(wish with { Destination = candidate }, scheduler, cancellation);
            if (last.Judged is { End: EndReason.PolicyDenied, Judgement.Rule: RuleNames.DefaultNone, ResolvedAt: 0 }) passedOver ??= last;
            else if (last.Judged.End != EndReason.NameNotResolved) return last;
        }
        return passedOver ?? last!;
    }

    private async ValueTask<ResolvedTarget> FindOneAsync(TargetRequest wish, PipeScheduler? scheduler, CancellationToken cancellation)
    {
        var now = rules.Now;
        var policy = now.Policies.For(wish.User).Name;
        var name = JudgeName(now, wish);
        if (name.Decision == NameDecision.Refused)
            return new ResolvedTarget(new AuthorizedTarget([], EndReason.PolicyDenied, new PolicyDecision(policy, Decision.Refused, name.Rule), now));
        // What an earlier target of the same thing was granted is over
        var grant = wish.Lease.Grant with { Target = wish.Destination, Candidates = [], Address = null, Source = null };
        if (!wish.Lease.Hold(grant, now)) return new ResolvedTarget(Revoked(policy, now));

        var question = name.Question;
        if (question.Literal is { } literal) return Found([literal], null);
        if (Request(now, wish, question, scheduler) is not { } request)
            return new ResolvedTarget(new AuthorizedTarget([], EndReason.NetworkUnreachable, new PolicyDecision(policy, null, null), now));
        var resolution = resolver.Begin(request);
        var answer = await resolution.FirstAsync(cancellation);
        var found = Answered(answer);
        // The other family may have what these have not: an address that may be dialed
        if (answer.End == EndReason.None && found.Judged.End == EndReason.PolicyDenied && resolution.HasLate)
            found = Answered(await resolution.LateAsync(cancellation)) is { Judged.ResolvedAt: not 0 } late ? late : found;
        if (found.Judged.End != EndReason.None) resolution.Dispose();
        return found;

        ResolvedTarget Answered(ResolveResult answer)
        {
            if (wish.Lease.IsRevoked) return new ResolvedTarget(Revoked(policy, now));
            return answer.End == EndReason.None
                ? Found(answer.Addresses, resolution)
                : new ResolvedTarget(new AuthorizedTarget([], answer.End, new PolicyDecision(policy, null, null), now));
        }

        ResolvedTarget Found(IReadOnlyList<IPAddress> addresses, Resolution? pending)
        {
            var resolved = time.GetTimestamp();
            // A lookup takes its time: the addresses are judged by the now that hold behind it
            if (!ReferenceEquals(now, rules.Now))
            {
                now = rules.Now;
                name = JudgeName(now, wish);
                if (name.Decision == NameDecision.Refused) return new ResolvedTarget(Revoked(policy, now));
                question = name.Question;
            }
            var allowed = JudgeAddresses(now, wish.User, question, addresses, out var judgement);
            if (allowed.Count == 0) return new ResolvedTarget(new AuthorizedTarget([], EndReason.PolicyDenied, judgement, now, resolved));
            grant = grant with { Candidates = [.. grant.Candidates, .. allowed.Select(each => each.Address)] };
            if (!wish.Lease.Hold(grant, now)) return new ResolvedTarget(Revoked(policy, now));
            var judged = new AuthorizedTarget(AddressOrder.Arrange(allowed), EndReason.None, judgement, now, resolved);
            return new ResolvedTarget(judged, pending, allowed[0].Way.Family, late => Found(late, null).Judged.Steps);
        }
    }

    /// <summary>What to look up, and for whom; null: no family of addresses would be dialed.</summary>
    private static LookupRequest? Request(ConfigSnapshot rules, in TargetRequest wish, TargetQuery question, PipeScheduler? scheduler)
    {
        EgressRoute[] ways = [.. rules.PossibleWays(wish.User, question)];
        var families = (ways.Any(way => way.Uses(AddressFamily.InterNetwork)) ? Families.IPv4 : Families.None)
            | (ways.Any(way => way.Uses(AddressFamily.InterNetworkV6)) ? Families.IPv6 : Families.None);
        if (families == Families.None) return null;
        // Nobody's address: a check of the gateway itself
        var client = wish.Lease.Grant.Client is { } address ? new LookupClient(wish.User, ClientPrefix.Of(address).Bits) : LookupClient.Gateway;
        return new LookupRequest(question.Host!, client)
        {
            Families = families,
            Preferred = ways[0].Family == AddressFamilyPreference.PreferIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
            Scheduler = scheduler ?? PipeScheduler.ThreadPool,
        };
    }

    private static List<Candidate> JudgeAddresses(
        ConfigSnapshot rules, string? user, in TargetQuery question, IReadOnlyList<IPAddress> addresses, out PolicyDecision judgement)
    {
        var (name, policy) = rules.Policies.For(user);
        var allowed = new List<Candidate>(addresses.Count);
        judgement = new PolicyDecision(name, null, null);
        foreach (var address in addresses)
        {
            var verdict = policy.JudgeAddress(question, address);
            if (verdict.MayDial) allowed.Add(rules.Candidate(user, question, verdict.Address));
            // The log names the rule of the first that may be dialled, else of the first refused
            if (judgement.Rule is not null && (!verdict.MayDial || allowed.Count > 1)) continue;
            judgement = new PolicyDecision(name, verdict.Decision, verdict.Rule);
        }
        return allowed;
    }
}
