using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>Ends sessions at once because somebody asked for it: for the night when a credential has leaked.</summary>
internal static class Disconnecting
{
    /// <summary>Ends every session of which the session itself, one of its requests or one of its targets fits.</summary>
    /// <returns>How many it ended.</returns>
    public static int End(CurrentSnapshot rules, SessionTable sessions, DisconnectFilter filter)
    {
        var ended = rules.Holding(filter.Matches).OfType<ILiveSession>().ToHashSet();
        // A kept HTTP connection between two requests is its last one's
        ended.UnionWith(sessions.All.Where(session => filter.Matches(session.Record.User, session.Record.Target, session.Record.Dialled?.Address, session.Record.Client.Address)));
        foreach (var session in ended) session.End(EndReason.Disconnected);
        return ended.Count;
    }
}
