namespace Socks5Egress.Gateway.Phases;

/// <summary>Where a session is; each phase has its own deadline.</summary>
internal enum SessionPhase : byte
{
    Negotiating,
    /// <summary>Logged in, and not asked for anything yet.</summary>
    Warm,
    Dialling,
    /// <summary>BIND: the port is open, the peer has not come.</summary>
    AwaitingPeer,
    /// <summary>UDP ASSOCIATE.</summary>
    Associating,
    Relaying,
    Closing,
}
