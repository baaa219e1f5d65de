using System.Net.Sockets;

namespace Socks5Egress.Relaying;

/// <summary>How a relay ended, as the wire saw it.</summary>
/// <param name="Reason">
/// <see cref="EndReason.ClientFin"/> or <see cref="EndReason.TargetFin"/> (who closed first) when both directions ended in
/// order; a reset or time-out of one side; <see cref="EndReason.None"/> when the caller stopped it.
/// </param>
/// <param name="Error">The socket error behind a reset or time-out, else <see cref="SocketError.Success"/>.</param>
internal readonly record struct RelayEnd(EndReason Reason, SocketError Error);
