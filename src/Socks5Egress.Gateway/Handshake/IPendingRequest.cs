using Socks5Egress.Gateway.Grants;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>
/// A request of which nothing has come yet, from a client that has done everything before it and may wait. It is handed to the session: what negotiated is
/// over, so that a connection that waits for minutes keeps nothing of it.
/// </summary>
internal interface IPendingRequest
{
    /// <summary>What a connection ends with whose wait is ended by the gateway.</summary>
    NegotiationResult GivenUp { get; }

    /// <summary>Reads it.</summary>
    /// <param name="leg">The client.</param>
    /// <param name="lease">What the connection was granted so far; the command is added.</param>
    /// <param name="hasWaited">Whether it has waited outside of the handshake, as connections in reserve do.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    ValueTask<NegotiationResult> ReadAsync(ILeg leg, Lease lease, bool hasWaited, CancellationToken cancellation);
}
