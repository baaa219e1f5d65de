using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Socks5Egress.Gateway.Policy;

/// <param name="Name">As the configuration calls it.</param>
/// <param name="Policy">What it says.</param>
internal sealed record NamedPolicy(string Name, EgressPolicy Policy);

/// <summary>
/// Whose sessions are judged by which policy. An account that names one has that one alone: nothing is inherited, so that a
/// policy says the same wherever it is read. Everybody else, and nobody, has the general one (<c>--allow</c>, <c>--deny</c>, <c>--default</c>).
/// Immutable.
/// </summary>
internal sealed class PolicySet
{
    /// <summary>The name of the policy that no account has to name.</summary>
    public const string GeneralName = "general";

    private readonly NamedPolicy _general;
    private readonly FrozenDictionary<string, NamedPolicy> _byAccount;

    /// <summary>One policy for everybody.</summary>
    public PolicySet(EgressPolicy general)
        : this(new NamedPolicy(GeneralName, general), FrozenDictionary<string, NamedPolicy>.Empty)
    {
    }

    private PolicySet(NamedPolicy general, FrozenDictionary<string, NamedPolicy> byAccount)
    {
        _general = general;
        _byAccount = byAccount;
    }

    /// <summary>Puts accounts and policies together.</summary>
    /// <param name="general">For whoever has no policy of his own.</param>
    /// <param name="named">The policies by name.</param>
    /// <param name="accounts">The name of each account's policy; accounts without one are left out.</param>
    /// <param name="set">The result; null when there are errors.</param>
    /// <param name="errors">One sentence for each account whose policy does not exist.</param>
    public static bool TryCreate(
        EgressPolicy general,
        IReadOnlyDictionary<string, EgressPolicy> named,
        IReadOnlyDictionary<string, string> accounts,
        [NotNullWhen(true)] out PolicySet? set,
        out ImmutableArray<string> errors)
    {
        var known = named.ToDictionary(each => each.Key, each => new NamedPolicy(each.Key, each.Value), StringComparer.Ordinal);
        errors =
        [
            .. accounts.Where(account => !known.ContainsKey(account.Value)).Select(account =>
                $"account '{account.Key}' has policy '{account.Value}', which does not exist: " + (known.Count == 0
                    ? "define it under Policies"
                    : $"there are {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}")),
        ];
        set = errors.IsEmpty
            ? new PolicySet(
                new NamedPolicy(GeneralName, general),
                accounts.ToFrozenDictionary(account => account.Key, account => known[account.Value], StringComparer.Ordinal))
            : null;
        return set is not null;
    }

    /// <summary>The policy of an account; null is a client that did not have to log in.</summary>
    public NamedPolicy For(string? account) =>
        account is not null && _byAccount.TryGetValue(account, out var own) ? own : _general;

    /// <summary>The same policies on a machine that has changed. Cheap: the rules are shared.</summary>
    public PolicySet With(LocalEndpoints local)
    {
        return new PolicySet(Moved(_general), _byAccount.ToFrozenDictionary(each => each.Key, each => Moved(each.Value), StringComparer.Ordinal));

        NamedPolicy Moved(NamedPolicy named) => named with { Policy = named.Policy.With(local) };
    }
}
