using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>An operator's wish to let sessions end at their next quiet moment.</summary>
/// <param name="Filter">Which; null: all of them.</param>
/// <param name="Over">They are due one after the other in this time; zero: all of them at once.</param>
/// <param name="Now">Without waiting for a time without a byte.</param>
internal sealed record RetireRequest(DisconnectFilter? Filter, TimeSpan Over, bool Now)
{
    /// <summary>Reads the texts of a command line or a request.</summary>
    /// <param name="user">The account; null: any.</param>
    /// <param name="target">TARGET[:PORTS]; null: any.</param>
    /// <param name="all">All sessions are meant.</param>
    /// <param name="over">See <see cref="Over"/>.</param>
    /// <param name="now">See <see cref="Now"/>.</param>
    /// <param name="request">The wish.</param>
    /// <returns>Null, or what is wrong, with the name of it.</returns>
    public static string? TryParse(string? user, string? target, bool all, TimeSpan over, bool now, out RetireRequest request)
    {
        request = new RetireRequest(null, over, now);
        if (user is null && target is null) return all ? null : "name user or target, or say all";
        if (DisconnectFilter.TryParse(user, target, null, out var filter) is { } error) return error;
        request = request with { Filter = filter };
        return null;
    }

    /// <summary>Whether a session is one of those. Its target is what the client asked for, the full name that it stands for, or the address that was dialed.</summary>
    public bool Fits(RetiringSession session)
    {
        if (Filter is not { } filter) return true;
        var grant = session.Grant;
        return filter.Matches(grant) || filter.Matches(grant.User, session.Asked, grant.Address, grant.Client);
    }
}

/// <summary>What came of it by now.</summary>
/// <param name="Due">The sessions that fit.</param>
/// <param name="Ended">Those of them that have ended.</param>
/// <param name="Busy">Those that go on until their next quiet moment.</param>
internal readonly record struct RetireResult(int Due, int Ended, int Busy);
