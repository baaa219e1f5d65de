using System.Net;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Explaining;

/// <summary>What <see cref="TargetConnector"/> would do with a wish, as a value, without dialling: for the verb and for the admin address.</summary>
internal static class PolicyExplainer
{
    private static readonly TimeSpan PatienceForLate = TimeSpan.FromSeconds(1);

    /// <summary>Judges and looks up. A lookup that outlasts the deadline counts as no address.</summary>
    /// <param name="rules">The rules to judge by.</param>
    /// <param name="resolver">Looks the name up.</param>
    /// <param name="user">The account; null for nobody.</param>
    /// <param name="destination">What would be asked for.</param>
    /// <param name="deadline">For the lookup; zero is none.</param>
    public static async Task<Explanation> OfAsync(ConfigSnapshot rules, Resolver resolver, string? user, Destination destination, TimeSpan deadline)
    {
        using var over = new CancellationTokenSource();
        if (deadline > TimeSpan.Zero) over.CancelAfter(deadline);
        Explanation? passedOver = null, unresolved = null;
        foreach (var candidate in NameCandidates.Of(destination, resolver.SearchList))
        {
            var explained = await OfAsync(rules, resolver, user, candidate, over.Token);
            if (explained.Verdict == ExplainedVerdict.Unresolved) unresolved ??= explained;
            else if (explained.Verdict == ExplainedVerdict.Deny && explained.Rule == RuleNames.DefaultNone && explained.Addresses.IsEmpty) passedOver ??= explained;
            else return explained;
        }
        return (passedOver ?? unresolved)!;
    }

    private static async Task<Explanation> OfAsync(ConfigSnapshot rules, Resolver resolver, string? user, Destination destination, CancellationToken over)
    {
        var judged = rules.Policies.For(user).Policy.JudgeName(destination);
        IReadOnlyList<IPAddress> found = judged.Decision == NameDecision.Resolve ? await ResolveAsync(resolver, judged.Question.Host!, over) : [];
        return Explanation.Of(
            rules.Policies, user, destination, found,
            (question, allowed) => AddressOrder.Arrange([.. allowed.Select(address => rules.Candidate(user, question, address))]));
    }

    /// <summary>Both families: what would not be dialed is to be seen as such. One that does not come is not waited for to the end.</summary>
    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(Resolver resolver, string host, CancellationToken over)
    {
        using var resolution = resolver.Begin(new LookupRequest(host, LookupClient.Gateway));
        var first = await resolution.FirstAsync(over);
        if (first.End != EndReason.None || !resolution.HasLate) return first.Addresses;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(over);
        enough.CancelAfter(PatienceForLate);
        return [.. first.Addresses, .. (await resolution.LateAsync(enough.Token)).Addresses];
    }
}
