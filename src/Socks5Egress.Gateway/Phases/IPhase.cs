namespace Socks5Egress.Gateway.Phases;

/// <summary>
/// Where a session is, since when, and what may end it there. The sweep of all sessions asks; a session replaces its phase as a whole, so that
/// no deadline is ever measured from the beginning of another phase.
/// </summary>
internal interface IPhase
{
    /// <summary>As the admin pages show it.</summary>
    SessionPhase Name { get; }

    /// <summary>It may be long, and its deadline is, in most configurations: sessions in it are looked at less often.</summary>
    bool IsUnhurried => false;

    /// <summary>Whether <see cref="CheckDeadline"/> has anything to do by now.</summary>
    /// <param name="now">The present timestamp.</param>
    bool IsToBeChecked(long now) => true;

    /// <summary>Ends the session when the phase has taken too long, or nothing has flowed for too long.</summary>
    /// <param name="now">The present timestamp.</param>
    /// <param name="end">Ends the session; the first reason wins.</param>
    void CheckDeadline(long now, Action<EndReason> end);

    /// <summary>Ends the session when a peer no longer acknowledges what is sent to it.</summary>
    /// <inheritdoc cref="CheckDeadline"/>
    void CheckPeers(long now, Action<EndReason> end)
    {
    }

    /// <summary>The gateway is stopping: closes the session in order when it is idle.</summary>
    /// <param name="now">The present timestamp.</param>
    void CloseIfIdle(long now)
    {
    }
}
