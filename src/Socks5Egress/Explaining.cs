using System.Net;
using Socks5Egress.Dialing;
using Socks5Egress.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress;

/// <summary>What <see cref="Reaching"/> would do with a wish, as a value, without dialling: for the verb and for the admin address.</summary>
internal static class Explaining
{
    /// <summary>Judges and looks up. A look-up that outlasts the deadline counts as no address.</summary>
    /// <param name="rules">The rules to judge by.</param>
    /// <param name="resolver">Looks the name up.</param>
    /// <param name="user">The account; null for nobody.</param>
    /// <param name="destination">What would be asked for.</param>
    /// <param name="deadline">For the look-up; zero is none.</param>
    public static async Task<Explanation> OfAsync(Rulebook rules, Resolver resolver, string? user, Destination destination, TimeSpan deadline)
    {
        var judged = rules.Policies.For(user).Policy.JudgeName(destination);
        IReadOnlyList<IPAddress> found = judged.Decision == NameDecision.Resolve ? await ResolveAsync(resolver, judged.Question.Host!, deadline) : [];
        return Explanation.Of(
            rules.Policies, user, destination, found,
            (question, allowed) => AddressOrder.Arrange([.. allowed.Select(address => rules.Candidate(user, question, address))]));
    }

    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(Resolver resolver, string host, TimeSpan deadline)
    {
        using var over = new CancellationTokenSource();
        if (deadline > TimeSpan.Zero) over.CancelAfter(deadline);
        try
        {
            return (await resolver.ResolveAsync(host, over.Token)).Addresses;
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }
}
