using System.Collections.Concurrent;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Grants;

/// <summary>The rulebook that holds now, and everything that was granted under it or an earlier one. To change it is to walk the grants.</summary>
internal sealed class CurrentSnapshot(ConfigSnapshot first)
{
    private readonly ConcurrentDictionary<Lease, byte> _leases = new();
    private readonly Lock _changing = new();
    private volatile ConfigSnapshot _now = first;

    /// <summary>Read it once for each judgement.</summary>
    public ConfigSnapshot Now => _now;

    /// <summary>Live things that hold a grant.</summary>
    public int Leases => _leases.Count;

    /// <summary>A live thing begins.</summary>
    /// <param name="grant">What it has so far.</param>
    /// <param name="owner">Told when the grant does not hold any more.</param>
    /// <param name="judgedBy">The rules that it was judged by; null: by none, so that it is judged at once.</param>
    /// <param name="parent">The lease that it branches off from, if any.</param>
    /// <returns>Dispose it when the thing is over.</returns>
    public Lease Register(Grant grant, IGranted owner, ConfigSnapshot? judgedBy = null, Lease? parent = null)
    {
        var lease = new Lease(this, parent, grant, owner);
        _leases.TryAdd(lease, 0);
        Interlocked.MemoryBarrier();
        var now = _now;
        if (!ReferenceEquals(now, judgedBy)) lease.Judge(now);
        return lease;
    }

    /// <summary>Puts another rulebook in the place of this one and ends what it forbids.</summary>
    /// <param name="change">From the rulebook that holds to the next one; the same one: nothing changes.</param>
    /// <returns>How many grants do not hold any more.</returns>
    public int Change(Func<ConfigSnapshot, ConfigSnapshot> change)
    {
        lock (_changing)
        {
            var next = change(_now);
            if (ReferenceEquals(next, _now)) return 0;
            _now = next;
            Interlocked.MemoryBarrier();
            return Walk(next);
        }
    }

    /// <summary>Ends what came with a token that is over, where its account's sessions end with their tokens.</summary>
    /// <param name="now">Seconds since 1970.</param>
    public void EndTokens(long now)
    {
        var rules = _now;
        if (!rules.Accounts.Values.Any(account => account.EndsWithToken)) return;
        foreach (var (lease, _) in _leases)
            if (lease.Grant.Login is TokenLogin token && token.EndsAt <= now && rules.EndsWithToken(token.Name)) lease.Revoke(RuleNames.TokenOver);
    }

    /// <summary>The sessions of which some grant is such a one.</summary>
    public IReadOnlySet<IGranted> Holding(Predicate<Grant> which) => _leases.Keys.Where(lease => which(lease.Grant)).Select(lease => lease.Root).ToHashSet();

    internal void Forget(Lease lease) => _leases.TryRemove(lease, out _);

    private int Walk(ConfigSnapshot rules)
    {
        var revoked = 0;
        List<Exception>? faults = null;
        foreach (var (lease, _) in _leases)
        {
            try
            {
                if (lease.Judge(rules)) revoked++;
            }
            catch (Exception fault)
            {
                // A bug in one thing's end must not leave the others behind it unjudged
                (faults ??= []).Add(fault);
            }
        }
        return faults is null ? revoked : throw new AggregateException(faults);
    }
}
