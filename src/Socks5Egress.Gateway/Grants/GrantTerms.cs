using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>What the rules say about the time and pace of a session. Pure.</summary>
internal static class GrantTerms
{
    /// <summary>A forward's word goes before the route's, then come the account, its policy, and the options.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="grant">What the session was granted.</param>
    public static SessionTerms Of(ConfigSnapshot rules, Grant grant)
    {
        var forward = rules.ListenerOf(grant.Listener)?.Terms ?? SessionTerms.None;
        var account = grant.User is { } user && rules.Accounts.TryGetValue(user, out var own) ? own.Terms : SessionTerms.None;
        var policy = rules.PolicyTerms.GetValueOrDefault(rules.Policies.For(grant.User).Name, SessionTerms.None);
        return forward.Else(OfRoute(rules, grant)).Else(account).Else(policy).Else(rules.Terms);
    }

    /// <summary>Whether the password that opened the session is another one now, and the rules say that such a session ends at a quiet moment.</summary>
    public static bool HasOldPassword(ConfigSnapshot rules, Grant grant) =>
        grant is { IsRelayed: true, Login: PasswordLogin login } && rules.RetiresOnPasswordChange(login.Name)
        && rules.ListenerOf(grant.Listener)?.Users?.StoredOf(login.Name) is { } stored && !stored.IsSame(login.Stored);

    private static SessionTerms OfRoute(ConfigSnapshot rules, Grant grant)
    {
        if (grant is not { Target: { } target, Address: { } address } || !rules.Routes.HasAny) return SessionTerms.None;
        var name = rules.Policies.For(grant.User).Policy.JudgeName(target, rules.ListenerOf(grant.Listener)?.Fixed?.RuleOf(target));
        return name.Decision == Policy.NameDecision.Refused
            ? SessionTerms.None
            : rules.Routes.Find(name.Question, AddressLiteral.Canonical(address)).Route?.Terms ?? SessionTerms.None;
    }
}
