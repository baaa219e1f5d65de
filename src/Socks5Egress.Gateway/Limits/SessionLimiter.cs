using System.Net;

namespace Socks5Egress.Gateway.Limits;

/// <summary>
/// Counts sessions against the limits. What a session has taken it gives back by its <see cref="SessionLease"/>; a limit that a reload
/// switches on counts from then on.
/// </summary>
internal sealed class SessionLimiter(MemoryGuard memory, TimeProvider time)
{
    private readonly ConcurrencyCounter<string> _users = new();
    private readonly ConcurrencyCounter<ClientPrefix> _sources = new();
    private readonly RateLimiter _rate = new(time);
    private readonly UserRates _userRates = new(time);
    private int _sessions;

    /// <summary>Sessions now.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    /// <summary>Users and sources that are counted now.</summary>
    public (int Users, int Sources) Counted => (_users.Keys, _sources.Keys);

    /// <summary>Counts a connection whose request is read as a session.</summary>
    /// <param name="limits">The limits that hold now.</param>
    /// <param name="user">Who asks; null for nobody.</param>
    /// <param name="userMost">The user's own limit; 0: the general one.</param>
    /// <param name="client">Where from.</param>
    /// <param name="userRate">The user's own limit of new sessions a minute; 0: the general one.</param>
    /// <param name="admitted">What it has taken, to be given back; nothing when it is refused.</param>
    /// <returns><see cref="EndReason.None"/>, or the limit that refuses it.</returns>
    public EndReason Enter(in SessionLimits limits, string? user, int userMost, IPAddress client, out SessionLease admitted, int userRate = 0)
    {
        admitted = default;
        if (Interlocked.Increment(ref _sessions) > limits.Sessions && limits.Sessions > 0) return Back(EndReason.LimitSessions);
        if (memory.IsNear) return Back(EndReason.LimitMemory);

        var most = userMost > 0 ? userMost : limits.UserSessions;
        var countedUser = most > 0 ? user : null;
        if (countedUser is not null && !_users.TryEnter(countedUser, most)) return Back(EndReason.LimitUserSessions);
        ClientPrefix? source = limits.SourceSessions > 0 ? ClientPrefix.Of(client) : null;
        if (source is { } from && !_sources.TryEnter(from, limits.SourceSessions))
        {
            if (countedUser is not null) _users.Leave(countedUser);
            return Back(EndReason.LimitSourceSessions);
        }
        admitted = new SessionLease(true, countedUser, source);
        // The user's own limit first: what it refuses costs the others nothing
        var refused = user is not null && !_userRates.TryEnter(user, userRate > 0 ? userRate : limits.UserRate) ? EndReason.LimitUserRate
            : _rate.TryEnter(limits.Rate) ? EndReason.None
            : EndReason.LimitRate;
        if (refused == EndReason.None) return refused;
        Leave(admitted);
        admitted = default;
        return refused;
    }

    /// <summary>The limit that would refuse every client that comes now; null: none.</summary>
    public string? Shortage(in SessionLimits limits) =>
        limits.Sessions > 0 && Sessions >= limits.Sessions ? "full" : memory.IsNear ? "short-of-memory" : null;

    /// <summary>Gives back what a session has taken.</summary>
    public void Leave(in SessionLease admitted)
    {
        if (!admitted.Counted) return;
        Interlocked.Decrement(ref _sessions);
        if (admitted.User is not null) _users.Leave(admitted.User);
        if (admitted.Source is { } source) _sources.Leave(source);
    }

    private EndReason Back(EndReason reason)
    {
        Interlocked.Decrement(ref _sessions);
        return reason;
    }
}

/// <summary>What a session has taken. The default value is nothing.</summary>
/// <param name="Counted">It counts as a session.</param>
/// <param name="User">The user it is counted under, or null.</param>
/// <param name="Source">The source it is counted under, or null.</param>
internal readonly record struct SessionLease(bool Counted, string? User, ClientPrefix? Source);
