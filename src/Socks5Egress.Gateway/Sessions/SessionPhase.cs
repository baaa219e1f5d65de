namespace Socks5Egress.Gateway.Sessions;

/// <summary>Where a session is; each stage has its own deadline.</summary>
internal enum SessionPhase : byte
{
    Negotiating,
    Dialling,
    /// <summary>BIND: the port is open, the peer has not come.</summary>
    AwaitingPeer,
    /// <summary>UDP ASSOCIATE.</summary>
    Associating,
    Relaying,
    Closing,
}
