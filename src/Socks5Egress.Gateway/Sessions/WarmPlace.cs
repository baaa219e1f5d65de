using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>The place of one session among the connections that wait for their request.</summary>
/// <param name="services">What serves it.</param>
/// <param name="table">The sessions there are.</param>
/// <param name="session">The session.</param>
internal sealed class WarmPlace(SessionServices services, SessionTable table, Session session) : IWarmPlace
{
    private LinkedListNode<ILiveSession>? _node;
    private string? _user;

    public bool TryEnter()
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

    public void AwaitHash() => session.BlameDeadlineOn(EndReason.CredentialsBusy);

    public void Hashed() => session.BlameDeadlineOn(EndReason.HandshakeTimeout);

    public void AwaitKeys() => session.Enter(new TimedPhase(
        SessionPhase.Negotiating, services.HandshakeTimeout + IssuerKeys.Patience, EndReason.HandshakeTimeout, services.Time));

    public void Leave()
    {
        if (_node is { } node) table.Warm.Leave(node, _user, session.Source);
        // Without this, a first byte would take it out of every count until the handshake timeout
        if (!((ISessionControl)session).IsEnding) table.Asking(session, services.Rules.Now.Limits.Pending);
        session.Enter(new TimedPhase(SessionPhase.Negotiating, services.HandshakeTimeout, EndReason.HandshakeTimeout, services.Time));
    }
}
