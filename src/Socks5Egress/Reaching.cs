using System.Net;
using Socks5Egress.Accounting;
using Socks5Egress.Dialing;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress;

/// <summary>Who wants to go where.</summary>
/// <param name="User">The account; null for nobody.</param>
/// <param name="Destination">As the client, or the configuration, says it.</param>
internal readonly record struct Wish(string? User, Destination Destination)
{
    /// <summary>The rule that names exactly this target, for one that the configuration fixes (a static forward). Null: a client's choice.</summary>
    public IndexedRule? Named { get; init; }
}

/// <summary>What came of a judgement without dialling.</summary>
/// <param name="Steps">The judged addresses in the order to dial them; none when <paramref name="End"/> says why.</param>
/// <param name="End"><see cref="EndReason.None"/> when they may be dialled.</param>
internal readonly record struct Judged(IReadOnlyList<DialStep> Steps, EndReason End);

/// <summary>
/// The middle of the spine, from a wish to a connected target: judge the name, resolve, judge each address, arrange, dial. Whoever
/// needs a target goes through here: SOCKS and CONNECT, forwarded HTTP requests, static forwards; UDP and BIND stop before the dialling.
/// Each call reads the rulebook once and writes what it learns into the record.
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
        var judged = await JudgeAsync(stages, wish, record, cancellation);
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
        if (dialled.Leg is not { } leg) return dialled;
        record.Connected(leg.RemoteEndPoint, leg.LocalEndPoint);
        return dialled with { Place = place };
    }

    /// <summary>Everything but the dialling.</summary>
    /// <inheritdoc cref="DialAsync"/>
    public static async ValueTask<Judged> JudgeAsync(Stages stages, Wish wish, SessionRecord record, CancellationToken cancellation)
    {
        var rules = stages.Rules.Now;
        var name = JudgeName(rules, wish, record);
        if (name.Decision == NameDecision.Refused) return new Judged([], EndReason.PolicyDenied);

        var question = name.Question;
        var found = question.Literal is { } literal
            ? new Answer([literal], TimeSpan.Zero, EndReason.None)
            : await ResolveAsync(stages.Resolver, question.Host!, cancellation);
        if (found.End != EndReason.None) return new Judged([], found.End);
        record.Resolved();

        var allowed = JudgeAddresses(rules, wish, question, found.Addresses, record);
        return allowed.Count == 0
            ? new Judged([], EndReason.PolicyDenied)
            : new Judged(AddressOrder.Arrange(allowed), EndReason.None);
    }

    /// <summary>Account and name alone: for a request that may use a connection that is there already.</summary>
    public static NameVerdict JudgeName(Rulebook rules, in Wish wish, SessionRecord record)
    {
        var name = Judge(rules, wish, record);
        (record.Named, record.Policy) = (wish.Named, rules.Policies.For(wish.User).Name);
        (record.Verdict, record.Rule) = (name.Rule is null ? null : "deny", name.Rule);
        return name;
    }

    /// <summary>Whether a session that has its target may go on under these rules.</summary>
    /// <param name="rules">The rules that hold now.</param>
    /// <param name="listener">What its listener asked of it when it came.</param>
    /// <param name="record">What it is.</param>
    public static bool MayStay(Rulebook rules, ClientRules listener, SessionRecord record)
    {
        if (record.Target is not { } target || record.Dialled is not { } dialled) return true;
        if (listener.Place >= 0 && listener.Place < rules.Listeners.Length
            && !rules.Listeners[listener.Place].Admits(AddressLiteral.Canonical(record.Client.Address))) return false;
        var wish = new Wish(record.User, target) { Named = record.Named };
        var name = Judge(rules, wish, record);
        return name.Decision != NameDecision.Refused
            && rules.Policies.For(wish.User).Policy.JudgeAddress(name.Question, dialled.Address).MayDial;
    }

    private static NameVerdict Judge(Rulebook rules, in Wish wish, SessionRecord record) =>
        (wish.Named is null || wish.User is not null) && rules.Refuses(wish.User, record.Client.Address, record.IsCertified) is { } rule
            ? NameVerdict.Refused(rule)
            : rules.Policies.For(wish.User).Policy.JudgeName(wish.Destination, wish.Named);

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
        Rulebook rules, in Wish wish, in Question question, IReadOnlyList<IPAddress> addresses, SessionRecord record)
    {
        var policy = rules.Policies.For(wish.User).Policy;
        var allowed = new List<Candidate>(addresses.Count);
        foreach (var address in addresses)
        {
            var verdict = policy.JudgeAddress(question, address);
            if (verdict.MayDial) allowed.Add(rules.Candidate(wish.User, question, verdict.Address));
            // The log names the rule of the first that may be dialled, else of the first refused
            if (record.Rule is not null && (!verdict.MayDial || allowed.Count > 1)) continue;
            record.Rule = verdict.Rule;
            record.Verdict = verdict.Decision switch
            {
                Decision.Allowed => "allow",
                Decision.Reported => "report",
                _ => "deny",
            };
        }
        return allowed;
    }
}
