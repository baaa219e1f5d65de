namespace Socks5Egress.Gateway.Limits;

/// <summary>How much is let in. Part of the rulebook: a reload changes it. 0 is no limit.</summary>
/// <param name="Sessions">Sessions in all.</param>
/// <param name="Pending">Connections whose request is not yet read.</param>
/// <param name="UserSessions">Sessions of one user that has no number of its own.</param>
/// <param name="SourceSessions">Sessions of one client address.</param>
/// <param name="Rate">New sessions a second.</param>
/// <param name="Warm">Logged-in connections of one user that wait for their request.</param>
internal readonly record struct SessionLimits(int Sessions, int Pending = 0, int UserSessions = 0, int SourceSessions = 0, int Rate = 0, int Warm = 0)
{
    /// <summary>New sessions a minute of one user that has no number of its own.</summary>
    public int UserRate { get; init; }
}
