using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>What a client asks for.</summary>
internal enum EgressCommand : byte
{
    Connect,
    Bind,
    UdpAssociate,

    /// <summary>HTTP requests in absolute-form, each with a destination of its own.</summary>
    Http,
}

/// <summary>A whole request, whichever protocol it came by.</summary>
/// <param name="Command">What to do.</param>
/// <param name="Destination">Where to, as the client said it: not judged yet.</param>
internal readonly record struct EgressRequest(EgressCommand Command, Destination Destination);

/// <summary>
/// How a negotiation ended: with a request and the way to answer it, or with a reason. A reason with a replier is answered
/// before the close, one without is not.
/// </summary>
/// <param name="Request">Meaningful when <paramref name="End"/> is <see cref="EndReason.None"/>.</param>
/// <param name="Replier">Speaks the client's protocol; null when there is nothing (more) to say.</param>
/// <param name="End">Why there is no request.</param>
/// <param name="Protocol">The protocol's name in logs, null when none was recognised.</param>
internal readonly record struct NegotiationResult(EgressRequest Request, IReplyWriter? Replier, EndReason End, string? Protocol)
{
    /// <summary>What is wrong with the token that was shown.</summary>
    public JwtFault TokenFault { get; init; }

    /// <summary>What is still to be read; null: this is the result.</summary>
    public IPendingRequest? Pending { get; init; }

    /// <summary>An end of which the client hears nothing.</summary>
    public static NegotiationResult Ended(EndReason reason) => new(default, null, reason, null);
}
