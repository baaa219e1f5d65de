using System.Net.Sockets;

namespace Socks5Egress.Transport.Relay;

/// <summary>How a relay ended, as the wire saw it.</summary>
internal enum RelayClose : byte
{
    /// <summary>The caller stopped it; both sides were reset.</summary>
    Stopped,

    /// <summary>Both directions ended in order; the client closed first.</summary>
    ClientFin,

    /// <summary>Both directions ended in order; the target closed first.</summary>
    TargetFin,

    ClientReset,
    TargetReset,
    ClientTimedOut,
    TargetTimedOut,

    /// <summary>The client's FIN came inside TLS without a close-notify (RFC 8446 section 6.1).</summary>
    ClientTruncated,

    /// <summary>The caller closed it in order because it was silent; see <see cref="ILeg.TryEndSilent"/>.</summary>
    Silent,
}

/// <summary>The end of a relay.</summary>
/// <param name="Close">What happened, and on which side.</param>
/// <param name="Error">The socket error of a reset or time-out, else <see cref="SocketError.Success"/>.</param>
/// <param name="Cause">What the caller passed to <see cref="ILeg.TryEndSilent"/>; 0 for every other end.</param>
internal readonly record struct RelayOutcome(RelayClose Close, SocketError Error, byte Cause = 0);
