namespace Socks5Egress.Gateway.Handshake;

/// <summary>The deadline of a handshake, which is told when its client is not the one who is waited for.</summary>
internal interface IHandshakeDeadline
{
    /// <summary>A password waits to be hashed: when the handshake deadline comes meanwhile, the gateway was too slow, and not the client.</summary>
    void AwaitHash();

    /// <summary>It is hashed; the deadline is the client's again.</summary>
    void Hashed();

    /// <summary>A login waits for the keys of its token's issuer, which is not the client's delay: the handshake has its time once more, and that wait.</summary>
    void AwaitKeys();
}
