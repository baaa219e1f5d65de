using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>Decides whether a grant holds under a snapshot. Pure: nothing else judges what is already under way.</summary>
internal static class GrantRules
{
    /// <summary>The rule by which the grant does not hold; null: it holds.</summary>
    public static string? Refuses(ConfigSnapshot rules, Grant grant) =>
        RefusesEntry(rules, grant) ?? RefusesLogin(rules, grant) ?? RefusesTarget(rules, grant);

    /// <summary>The rule of the listener by which the client may not be there or not ask for this.</summary>
    public static string? RefusesEntry(ConfigSnapshot rules, Grant grant)
    {
        if (rules.ListenerOf(grant.Listener) is not { } listener) return RuleNames.NoListener;
        if (grant.Client is { } client)
        {
            if (!listener.TakesHeaderOf(grant.Sender)) return RuleNames.ProxyProtocol;
            if (!listener.Admits(AddressLiteral.Canonical(client))) return RuleNames.Clients;
        }
        else if (grant.Sender is not null && !listener.TakesHeaderOf(grant.Sender))
        {
            return RuleNames.ProxyProtocol;
        }
        if (grant.IsPlain && listener.Tls is not null) return RuleNames.Tls;
        if (grant.Protocol != ServedProtocols.None && !listener.Serves(grant.Protocol)) return RuleNames.Protocols;
        return grant.Command != default && !listener.Commands.HasFlag(grant.Command) ? RuleNames.Enable : null;
    }

    /// <summary>The rule by which the client is not, or no longer, who it said; null also while it has not said it.</summary>
    public static string? RefusesLogin(ConfigSnapshot rules, Grant grant)
    {
        if (grant.Login is not { } login) return null;
        if (rules.ListenerOf(grant.Listener) is not { } listener) return RuleNames.NoListener;
        if (Disproves(listener, login) is { } rule && !(rule == RuleNames.AccountPassword && GrantTerms.HasOldPassword(rules, grant))) return rule;
        return login.User is not { } user || grant.Client is not { } client || rules.AdmitsUser(user, client) ? null : RuleNames.AccountClients;
    }

    private static string? Disproves(ListenerPolicy listener, Login login) => login switch
    {
        PasswordLogin password => listener.Users?.StoredOf(password.Name) switch
        {
            null => RuleNames.NoAccount,
            var stored => stored.IsSame(password.Stored) ? null : RuleNames.AccountPassword,
        },
        TokenLogin token => listener.Tokens?.StillProves(token) == true ? null : RuleNames.AccountToken,
        CertificateLogin certificate => listener.Tls?.Trusts(certificate) == true ? null : RuleNames.AccountCertificate,
        _ => listener.RequiresLogin ? RuleNames.NoAccount : null,
    };

    /// <summary>The rule by which the target, every address that is being dialed, or the way that was taken is forbidden.</summary>
    public static string? RefusesTarget(ConfigSnapshot rules, Grant grant)
    {
        if (grant.Target is not { } target) return null;
        var user = grant.Login?.User;
        var policy = rules.Policies.For(user).Policy;
        // A listener with fixed targets allows them, by a rule of the configuration
        var name = policy.JudgeName(target, rules.ListenerOf(grant.Listener)?.Fixed?.RuleOf(target));
        if (name.Decision == NameDecision.Refused) return name.Rule;
        if (grant.Address is { } connected)
        {
            var verdict = policy.JudgeAddress(name.Question, connected);
            return verdict.MayDial ? RefusesWay(rules, user, name.Question, connected, grant.Source) : verdict.Rule;
        }
        string? refused = null;
        foreach (var candidate in grant.Candidates)
        {
            var verdict = policy.JudgeAddress(name.Question, candidate);
            if (verdict.MayDial) return null;
            refused ??= verdict.Rule;
        }
        return refused;
    }

    /// <summary>A connection that a new route would not make, by its family or from its address, is not what the rules grant.</summary>
    private static string? RefusesWay(ConfigSnapshot rules, string? user, in TargetQuery question, IPAddress address, IPAddress? source)
    {
        var candidate = rules.Candidate(user, question, address);
        if (source is null || candidate.Way.Admits(address, AddressLiteral.Canonical(source))) return null;
        return candidate.Route ?? RuleNames.Bind;
    }
}
