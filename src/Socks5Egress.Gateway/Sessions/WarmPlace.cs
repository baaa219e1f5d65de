using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>The place of one session among the connections that wait for their request. A field of the session: it costs no object.</summary>
internal struct WarmPlace
{
    private LinkedListNode<ILiveSession>? _node;
    private string? _user;

    /// <summary>The wait begins.</summary>
    /// <param name="services">What serves the session.</param>
    /// <param name="table">The sessions there are.</param>
    /// <param name="session">The session.</param>
    /// <returns>False: such connections do not wait here, and the handshake deadline goes on.</returns>
    public bool TryEnter(SessionServices services, SessionTable table, Session session)
    {
        if (services.WarmTimeout <= TimeSpan.Zero) return false;
        _user = session.Grant.Login?.User;
        table.Asked(session);
        session.Enter(new TimedPhase(SessionPhase.Warm, services.WarmTimeout, EndReason.WarmTimeout, services.Time));
        _node = table.Warm.Enter(session, _user, session.Source, services.Rules.Now.Limits.Warm, out var evicted);
        evicted?.End(EndReason.LimitWarm);
        if (_node is null) session.End(EndReason.Draining);
        return true;
    }

    /// <summary>The first byte of the request is there, or the connection is over.</summary>
    /// <inheritdoc cref="TryEnter"/>
    public void Leave(SessionServices services, SessionTable table, Session session)
    {
        if (_node is { } node) table.Warm.Leave(node, _user, session.Source);
        _node = null;
        // Without this, a first byte would take it out of every count until the handshake timeout
        if (!((ISessionControl)session).IsEnding) table.Asking(session, services.Rules.Now.Limits.Pending);
        session.Enter(new TimedPhase(SessionPhase.Negotiating, services.HandshakeTimeout, EndReason.HandshakeTimeout, services.Time));
    }
}
