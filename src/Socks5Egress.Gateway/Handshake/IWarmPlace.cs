namespace Socks5Egress.Gateway.Handshake;

/// <summary>Where a connection waits: for the hash of its password, for the keys of its token, or for its request once it has logged in.</summary>
internal interface IWarmPlace
{
    /// <summary>The wait begins. False: such connections do not wait here, and the handshake deadline goes on.</summary>
    bool TryEnter();

    /// <summary>A password waits to be hashed: when the handshake deadline comes meanwhile, the gateway was too slow, and not the client.</summary>
    void AwaitHash();

    /// <summary>It is hashed; the deadline is the client's again.</summary>
    void Hashed();

    /// <summary>A login waits for the keys of its token's issuer, which is not the client's delay: the handshake has its time once more, and that wait.</summary>
    void AwaitKeys();

    /// <summary>The first byte of the request is there, or the connection is over.</summary>
    void Leave();
}
