using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>A session as the table, the sweep and the admin pages know it.</summary>
internal interface ILiveSession
{
    /// <summary>What is known of it so far.</summary>
    SessionRecord Record { get; }

    /// <summary>What its handshake is counted under.</summary>
    ClientPrefix Source { get; }

    /// <summary>Where it is.</summary>
    SessionPhase Stage { get; }

    /// <summary>Ends it for a reason of the gateway's own. Any thread; the first reason wins.</summary>
    void End(EndReason reason);

    /// <summary>Ends it when its phase has taken too long or nothing has flowed for too long.</summary>
    /// <param name="now">The present timestamp.</param>
    void CheckDeadline(long now);

    /// <summary>Ends it when a peer no longer acknowledges what is sent to it.</summary>
    /// <param name="now">The present timestamp.</param>
    void CheckPeers(long now);

    /// <summary>Closes it in order when it is idle and its moment in the drain has come.</summary>
    /// <param name="now">The present timestamp.</param>
    /// <param name="gone">Since the drain began.</param>
    /// <param name="window">How long sessions may go on.</param>
    void Drain(long now, TimeSpan gone, TimeSpan window);
}
