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
    public string? User => Lease.Grant.Login?.User;
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
internal static class TargetConnector
{
    /// <summary>Judges, resolves, judges and dials.</summary>
    /// <param name="stages">What serves it.</param>
    /// <param name="wish">Who wants to go where.</param>
    /// <param name="record">Learns verdict, rule, times and endpoints.</param>
    /// <param name="beside">The client's leg, so that the two can be relayed; null when there is none to relay with.</param>
    /// <param name="cancellation">Ends look-up and attempts, with a failure as a value; the caller knows why.</param>
    /// <returns>A leg and its place under the destination's ceiling, both to be disposed; or the reason.</returns>
    public static async ValueTask<DialResult> DialAsync(
        SessionServices stages, TargetRequest wish, SessionRecord record, ILeg? beside, CancellationToken cancellation)
    {
        using var found = await FindAsync(stages, wish, beside?.Scheduler, cancellation);
        var judged = found.Judged;
        record.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.End != EndReason.None) return new DialResult(null, judged.End);
        List<ConnectAttempt> places = [.. stages.Ceiling.Enter(judged.Steps)];
        var late = found.Late(places, stages.Ceiling);
        IPAddress? reached = null;
        IDisposable? place = null;
        DialResult dialled;
        try
        {
            dialled = await stages.Dialer.DialAsync([.. places], wish.Destination.Port, beside, cancellation, late);
            if (dialled.Leg is not null) reached = AddressLiteral.Canonical(dialled.Leg.RemoteEndPoint.Address);
        }
        finally
        {
            place = stages.Ceiling.LeaveAllBut(places, reached);
        }
        if (dialled.Leg is not { } leg)
        {
            if (wish.Lease.IsRevoked) return new DialResult(null, EndReason.NowForbidden);
            return places.Count == 0 && judged.Steps.Count > 0 ? new DialResult(null, EndReason.LimitDestination) : dialled;
        }
        // Whoever connects to an address of its own leaves from it: an interface has got an address that the rules do not know yet
        if (reached!.Equals(AddressLiteral.Canonical(leg.LocalEndPoint.Address)))
            stages.Rules.Change(rules => rules.Local.Owns(reached) ? rules : rules.On(rules.Local.And(reached)));
        var lease = wish.Lease;
        if (stages.Hairpins.Leave(leg.LocalEndPoint, leg.RemoteEndPoint, () => lease.Revoke(RuleNames.OwnListener)) is not { } passage)
        {
            place?.Dispose();
            await leg.DisposeAsync();
            record.Judged(judged.Judgement with { Verdict = "deny", Rule = RuleNames.OwnListener }, 0);
            return new DialResult(null, EndReason.PolicyDenied);
        }
        place = new Places(place, passage);
        if (!wish.Lease.Hold(wish.Lease.Grant with { Address = reached, Source = leg.LocalEndPoint.Address }, judged.Rules))
        {
            await leg.DisposeAsync();
            place.Dispose();
            return new DialResult(null, EndReason.NowForbidden);
        }
        record.Connected(leg.RemoteEndPoint, leg.LocalEndPoint);
        return dialled with { Place = place };
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

    /// <summary>Everything but the dialling; addresses that come late are left out.</summary>
    /// <inheritdoc cref="DialAsync"/>
    public static async ValueTask<AuthorizedTarget> JudgeAsync(SessionServices stages, TargetRequest wish, PipeScheduler scheduler, CancellationToken cancellation)
    {
        using var found = await FindAsync(stages, wish, scheduler, cancellation);
        return found.Judged;
    }

    /// <summary>The verdict on a name that may stand for several: on the first that is not passed over.</summary>
    public static NameVerdict JudgeNames(ConfigSnapshot rules, TargetRequest wish, IReadOnlyList<string> searchList)
    {
        NameVerdict verdict = default;
        foreach (var candidate in NameCandidates.Of(wish.Destination, searchList))
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
            : rules.Policies.For(wish.User).Policy.JudgeName(wish.Destination, rules.ListenerOf(wish.Lease.Grant.Listener)?.Forward?.RuleOf(wish.Destination));

    private static AuthorizedTarget Revoked(string policy, ConfigSnapshot rules) => new([], EndReason.NowForbidden, new PolicyDecision(policy, "deny", null), rules);

    /// <summary>What no rule allows is passed over for the next name; what a rule denies is denied, whatever the names behind it are.</summary>
    private static bool IsPassedOver(in NameVerdict name) => name is { Decision: NameDecision.Refused, Rule: RuleNames.DefaultNone };

    /// <summary>The first of the names that this one may stand for that exists and that the rules let through.</summary>
    private static async ValueTask<ResolvedTarget> FindAsync(SessionServices stages, TargetRequest wish, PipeScheduler? scheduler, CancellationToken cancellation)
    {
        ResolvedTarget? passedOver = null;
        ResolvedTarget? last = null;
        // The targets of a static forward are full names: its rule is for exactly those
        var isFixed = wish.Lease.ListenerOf(stages.Rules.Now).Forward is not null;
        foreach (var candidate in NameCandidates.Of(wish.Destination, isFixed ? [] : stages.Resolver.SearchList))
        {
            last = await FindOneAsync(stages, wish with { Destination = candidate }, scheduler, cancellation);
            if (last.Judged is { End: EndReason.PolicyDenied, Judgement.Rule: RuleNames.DefaultNone, ResolvedAt: 0 }) passedOver ??= last;
            else if (last.Judged.End != EndReason.NameNotResolved) return last;
        }
        return passedOver ?? last!;
    }

    private static async ValueTask<ResolvedTarget> FindOneAsync(SessionServices stages, TargetRequest wish, PipeScheduler? scheduler, CancellationToken cancellation)
    {
        var rules = stages.Rules.Now;
        var policy = rules.Policies.For(wish.User).Name;
        var name = JudgeName(rules, wish);
        if (name.Decision == NameDecision.Refused)
            return new ResolvedTarget(new AuthorizedTarget([], EndReason.PolicyDenied, new PolicyDecision(policy, "deny", name.Rule), rules));
        // What an earlier target of the same thing was granted is over
        var grant = wish.Lease.Grant with { Target = wish.Destination, Candidates = [], Address = null, Source = null };
        if (!wish.Lease.Hold(grant, rules)) return new ResolvedTarget(Revoked(policy, rules));

        var question = name.Question;
        if (question.Literal is { } literal) return Found([literal], null);
        if (Request(rules, wish, question, scheduler) is not { } request)
            return new ResolvedTarget(new AuthorizedTarget([], EndReason.NetworkUnreachable, new PolicyDecision(policy, null, null), rules));
        var resolution = stages.Resolver.Begin(request);
        var answer = await resolution.FirstAsync(cancellation);
        var found = Answered(answer);
        // The other family may have what these have not: an address that may be dialed
        if (answer.End == EndReason.None && found.Judged.End == EndReason.PolicyDenied && resolution.HasLate)
            found = Answered(await resolution.LateAsync(cancellation)) is { Judged.ResolvedAt: not 0 } late ? late : found;
        if (found.Judged.End != EndReason.None) resolution.Dispose();
        return found;

        ResolvedTarget Answered(ResolveResult answer)
        {
            if (wish.Lease.IsRevoked) return new ResolvedTarget(Revoked(policy, rules));
            return answer.End == EndReason.None
                ? Found(answer.Addresses, resolution)
                : new ResolvedTarget(new AuthorizedTarget([], answer.End, new PolicyDecision(policy, null, null), rules));
        }

        ResolvedTarget Found(IReadOnlyList<IPAddress> addresses, Resolution? pending)
        {
            var resolved = stages.Time.GetTimestamp();
            // A lookup takes its time: the addresses are judged by the rules that hold behind it
            if (!ReferenceEquals(rules, stages.Rules.Now))
            {
                rules = stages.Rules.Now;
                name = JudgeName(rules, wish);
                if (name.Decision == NameDecision.Refused) return new ResolvedTarget(Revoked(policy, rules));
                question = name.Question;
            }
            var allowed = JudgeAddresses(rules, wish.User, question, addresses, out var judgement);
            if (allowed.Count == 0) return new ResolvedTarget(new AuthorizedTarget([], EndReason.PolicyDenied, judgement, rules, resolved));
            grant = grant with { Candidates = [.. grant.Candidates, .. allowed.Select(each => each.Address)] };
            if (!wish.Lease.Hold(grant, rules)) return new ResolvedTarget(Revoked(policy, rules));
            var judged = new AuthorizedTarget(AddressOrder.Arrange(allowed), EndReason.None, judgement, rules, resolved);
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
            judgement = new PolicyDecision(name, verdict.Decision switch
            {
                Decision.Allowed => "allow",
                Decision.Reported => "report",
                _ => "deny",
            }, verdict.Rule);
        }
        return allowed;
    }
}
