using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>The handshake deadline of one session.</summary>
/// <param name="services">What serves it.</param>
/// <param name="session">The session.</param>
internal sealed class HandshakeDeadline(SessionServices services, Session session) : IHandshakeDeadline
{
    public void AwaitHash() => session.BlameDeadlineOn(EndReason.CredentialsBusy);

    public void Hashed() => session.BlameDeadlineOn(EndReason.HandshakeTimeout);

    public void AwaitKeys() => session.Enter(new TimedPhase(
        SessionPhase.Negotiating, services.HandshakeTimeout + IssuerKeys.Patience, EndReason.HandshakeTimeout, services.Time));
}
