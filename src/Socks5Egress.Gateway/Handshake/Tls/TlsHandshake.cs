using System.Net.Security;
using System.Security.Authentication;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Certificates;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Gateway.Handshake.Tls;

/// <summary>What the step in front of the protocols leaves behind.</summary>
/// <param name="Leg">What the protocols speak over; null when it failed.</param>
/// <param name="Login">Who the client's certificate says it is; null: it showed none, and has to log in where users are.</param>
/// <param name="End">Why it failed.</param>
internal readonly record struct TlsHandshakeResult(ILeg? Leg, Login? Login, EndReason End);

/// <summary>The step in front of the protocols, where a listener has a certificate.</summary>
internal static class TlsHandshake
{
    /// <summary>Shakes hands, where there is TLS; otherwise the leg goes on as it is.</summary>
    /// <param name="raw">The connection. It stays the caller's to close when this fails.</param>
    /// <param name="rules">What the listener asks of its clients.</param>
    /// <param name="cancellation">The handshake deadline, the same as the protocol's.</param>
    public static ValueTask<TlsHandshakeResult> AcceptAsync(ILeg raw, ListenerPolicy rules, CancellationToken cancellation) =>
        rules.Tls is { } server ? AcceptAsync(raw, rules, server, cancellation) : new(new TlsHandshakeResult(raw, null, EndReason.None));

    private static async ValueTask<TlsHandshakeResult> AcceptAsync(ILeg raw, ListenerPolicy rules, TlsServer server, CancellationToken cancellation)
    {
        if (!await FirstByte.IsTlsAsync(raw, cancellation)) return new TlsHandshakeResult(null, null, EndReason.TlsHandshakeFailed);
        var gate = new DecryptionGate();
        var wire = new CiphertextStream(raw, gate);
        var tls = new SslStream(wire, leaveInnerStreamOpen: true);
        var certificate = server.Expect(rules.AsksLogin);
        try
        {
            await tls.AuthenticateAsServerAsync(server.Options(certificate), cancellation);
            // A session that is refused before it has read a byte says its close-notify too
            gate.Leave();
            return new TlsHandshakeResult(new TlsLeg(raw, tls, wire, gate), certificate.Login, EndReason.None);
        }
        catch (Exception exception) when (Reason(exception, wire, certificate) is var reason && reason != EndReason.None)
        {
            await tls.DisposeAsync();
            return new TlsHandshakeResult(null, null, reason);
        }
        catch
        {
            // Stalled until its deadline, or reset: what it holds of the TLS library must not wait for a finalizer
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a failed handshake means; none for what is not about TLS.</summary>
    private static EndReason Reason(Exception exception, CiphertextStream wire, PresentedCertificate certificate) => exception switch
    {
        AuthenticationException => certificate.Refused ? EndReason.BadClientCertificate : EndReason.TlsHandshakeFailed,
        IOException when wire.Ended => wire.Silent ? EndReason.ClientSilent : EndReason.ClientGone,
        IOException { InnerException: AuthenticationException } => EndReason.TlsHandshakeFailed,
        _ => EndReason.None,
    };
}
