using System.Net;
using Socks5Egress.Accounting;
using Socks5Egress.Dialing;
using Socks5Egress.Grants;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress;

/// <summary>Who wants to go where.</summary>
/// <param name="Lease">Whose wish it is, with what was granted so far.</param>
/// <param name="Destination">As the client, or the configuration, says it.</param>
internal readonly record struct Wish(Lease Lease, Destination Destination)
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
internal readonly record struct Judged(IReadOnlyList<DialStep> Steps, EndReason End, Judgement Judgement, Rulebook Rules, long ResolvedAt = 0);

/// <summary>
/// The middle of the spine, from a wish to a connected target: judge the name, resolve, judge each address, arrange, dial. Whoever
/// needs a target goes through here: SOCKS and CONNECT, forwarded HTTP requests, static forwards; UDP and BIND stop before the dialling.
/// Each step is published in the lease, and the next one taken only while it holds.
/// </summary>
internal static class Reaching
{
    /// <summary>Judges, resolves, judges and dials.</summary>
    /// <param name="stages">What serves it.</param>
    /// <param name="wish">Who wants to go where.</param>
    /// <param name="record">Learns verdict, rule, times and endpoints.</param>
    /// <param name="beside">The client's leg, so that the two can be relayed; null when there is none to relay with.</param>
    /// <param name="cancellation">Ends look-up and attempts, with a failure as a value; the caller knows why.</param>
    /// <returns>A leg and its place under the destination's ceiling, both to be disposed; or the reason.</returns>
    public static async ValueTask<DialResult> DialAsync(
        Stages stages, Wish wish, SessionRecord record, ILeg? beside, CancellationToken cancellation)
    {
        var judged = await JudgeAsync(stages, wish, cancellation);
        record.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.End != EndReason.None) return new DialResult(null, judged.End);
        var places = stages.Ceiling.Enter(judged.Steps);
        if (places.Count == 0 && judged.Steps.Count > 0) return new DialResult(null, EndReason.LimitDestination);
        IPAddress? reached = null;
        IDisposable? place = null;
        DialResult dialled;
        try
        {
            dialled = await stages.Dialer.DialAsync(places, wish.Destination.Port, beside, cancellation);
            if (dialled.Leg is not null) reached = AddressLiteral.Canonical(dialled.Leg.RemoteEndPoint.Address);
        }
        finally
        {
            place = stages.Ceiling.LeaveAllBut(places, reached);
        }
        if (dialled.Leg is not { } leg) return wish.Lease.IsRevoked ? new DialResult(null, EndReason.NowForbidden) : dialled;
        // Whoever connects to an address of its own leaves from it: an interface has got an address that the rules do not know yet
        if (reached!.Equals(AddressLiteral.Canonical(leg.LocalEndPoint.Address)))
            stages.Rules.Change(rules => rules.Local.Owns(reached) ? rules : rules.On(rules.Local.And(reached)));
        if (!wish.Lease.Hold(wish.Lease.Grant with { Address = reached, Source = leg.LocalEndPoint.Address }, judged.Rules))
        {
            place?.Dispose();
            await leg.DisposeAsync();
            return new DialResult(null, EndReason.NowForbidden);
        }
        record.Connected(leg.RemoteEndPoint, leg.LocalEndPoint);
        return dialled with { Place = place };
    }

    /// <summary>Everything but the dialling.</summary>
    /// <inheritdoc cref="DialAsync"/>
    public static async ValueTask<Judged> JudgeAsync(Stages stages, Wish wish, CancellationToken cancellation)
    {
        var rules = stages.Rules.Now;
        var policy = rules.Policies.For(wish.User).Name;
        var name = JudgeName(rules, wish);
        if (name.Decision == NameDecision.Refused) return new Judged([], EndReason.PolicyDenied, new Judgement(policy, "deny", name.Rule), rules);
        // What an earlier target of the same thing was granted is over
        var grant = wish.Lease.Grant with { Target = wish.Destination, Candidates = [], Address = null, Source = null };
        if (!wish.Lease.Hold(grant, rules)) return Revoked(policy, rules);

        var question = name.Question;
        var found = question.Literal is { } literal
            ? new Answer([literal], TimeSpan.Zero, EndReason.None)
            : await ResolveAsync(stages.Resolver, question.Host!, cancellation);
        if (wish.Lease.IsRevoked) return Revoked(policy, rules);
        if (found.End != EndReason.None) return new Judged([], found.End, new Judgement(policy, null, null), rules);

        var resolved = stages.Time.GetTimestamp();
        // A lookup takes its time: the addresses are judged by the rules that hold behind it
        if (!ReferenceEquals(rules, stages.Rules.Now))
        {
            rules = stages.Rules.Now;
            name = JudgeName(rules, wish);
            if (name.Decision == NameDecision.Refused) return Revoked(policy, rules);
            question = name.Question;
        }
        var allowed = JudgeAddresses(rules, wish.User, question, found.Addresses, out var judgement);
        if (allowed.Count == 0) return new Judged([], EndReason.PolicyDenied, judgement, rules, resolved);
        return wish.Lease.Hold(grant with { Candidates = [.. allowed.Select(each => each.Address)] }, rules)
            ? new Judged(AddressOrder.Arrange(allowed), EndReason.None, judgement, rules, resolved)
            : Revoked(policy, rules);
    }

    /// <summary>Account and name alone: for a request that may use a connection that is there already.</summary>
    public static NameVerdict JudgeName(Rulebook rules, in Wish wish) =>
        GrantRules.RefusesLogin(rules, wish.Lease.Grant) is { } rule
            ? NameVerdict.Refused(rule)
            : rules.Policies.For(wish.User).Policy.JudgeName(wish.Destination, rules.ListenerOf(wish.Lease.Grant.Listener)?.Forward?.RuleOf(wish.Destination));

    private static Judged Revoked(string policy, Rulebook rules) => new([], EndReason.NowForbidden, new Judgement(policy, "deny", null), rules);

    // As a dial that is cancelled: a value, so that the client is still answered
    private static async ValueTask<Answer> ResolveAsync(Resolver resolver, string host, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(host, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new Answer([], TimeSpan.Zero, EndReason.ConnectTimeout);
        }
    }

    private static List<Candidate> JudgeAddresses(
        Rulebook rules, string? user, in Question question, IReadOnlyList<IPAddress> addresses, out Judgement judgement)
    {
        var (name, policy) = rules.Policies.For(user);
        var allowed = new List<Candidate>(addresses.Count);
        judgement = new Judgement(name, null, null);
        foreach (var address in addresses)
        {
            var verdict = policy.JudgeAddress(question, address);
            if (verdict.MayDial) allowed.Add(rules.Candidate(user, question, verdict.Address));
            // The log names the rule of the first that may be dialled, else of the first refused
            if (judgement.Rule is not null && (!verdict.MayDial || allowed.Count > 1)) continue;
            judgement = new Judgement(name, verdict.Decision switch
            {
                Decision.Allowed => "allow",
                Decision.Reported => "report",
                _ => "deny",
            }, verdict.Rule);
        }
        return allowed;
    }
}
