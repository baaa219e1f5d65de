using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Explaining;

/// <summary>
/// What would become of a request, without dialling: policy, rule, the class of and the verdict on each address, the order of
/// dialling. A pure value: look-up and order are handed in, so that it can be had for the running gateway and for a file alike.
/// </summary>
internal sealed record Explanation
{
    /// <summary>The account; null for nobody.</summary>
    public required string? User { get; init; }

    /// <summary>host:port as asked for.</summary>
    public required string Target { get; init; }

    /// <summary>The name of the policy that judges.</summary>
    public required string Policy { get; init; }

    /// <summary>How that policy is applied.</summary>
    public required PolicyMode Mode { get; init; }

    /// <summary>What would become of it.</summary>
    public required ExplainedVerdict Verdict { get; init; }

    /// <summary>The rule that decided: of the name, or of the address that would be dialled first; null when there is no address.</summary>
    public required string? Rule { get; init; }

    /// <summary>Each address, in the resolver's order; empty also when the name was refused before a look-up.</summary>
    public required ImmutableArray<ExplainedAddress> Addresses { get; init; }

    /// <summary>Explains one request.</summary>
    /// <param name="policies">The policies of the configuration.</param>
    /// <param name="user">The account, or null for nobody.</param>
    /// <param name="destination">What would be asked for.</param>
    /// <param name="resolved">The addresses of the name, in the resolver's order; not read when there is nothing to look up.</param>
    /// <param name="plan">The order of dialling of the allowed addresses, as the gateway would have it; it may leave some out.</param>
    public static Explanation Of(
        PolicySet policies,
        string? user,
        Destination destination,
        IReadOnlyList<IPAddress> resolved,
        Func<TargetQuery, IReadOnlyList<IPAddress>, IReadOnlyList<ConnectAttempt>> plan)
    {
        var (name, policy) = policies.For(user);
        var judged = policy.JudgeName(destination);
        var question = judged.Question;
        IEnumerable<IPAddress> addresses = judged.Decision switch
        {
            NameDecision.Literal => [question.Literal!],
            NameDecision.Resolve => resolved,
            _ => [],
        };
        var verdicts = addresses.Select(address => policy.JudgeAddress(question, address)).DistinctBy(verdict => verdict.Address).ToArray();
        var steps = plan(question, [.. verdicts.Where(verdict => verdict.MayDial).Select(verdict => verdict.Address)]).ToArray();
        // What decides is the first that would be dialled, else one that might be, else the first refusal
        Verdict? first = verdicts.Length == 0
            ? null
            : verdicts.OrderByDescending(verdict => steps.Length > 0 ? verdict.Address.Equals(steps[0].Address) : verdict.MayDial).First();
        return new Explanation
        {
            User = user,
            Target = destination.ToString(),
            Policy = name,
            Mode = policy.Mode,
            Verdict = (judged.Decision, first?.Decision) switch
            {
                (NameDecision.Refused, _) or (_, Decision.Refused) => ExplainedVerdict.Deny,
                (_, null) => ExplainedVerdict.Unresolved,
                _ when steps.Length == 0 => ExplainedVerdict.Unreachable,
                (_, Decision.Reported) => ExplainedVerdict.Report,
                _ => ExplainedVerdict.Allow,
            },
            Rule = judged.Rule ?? first?.Rule,
            Addresses = [.. verdicts.Select(verdict => ExplainedAddress.Of(verdict, policy.ClassOf(verdict.Address), steps))],
        };
    }
}
