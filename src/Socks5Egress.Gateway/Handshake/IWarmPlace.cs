namespace Socks5Egress.Gateway.Handshake;

/// <summary>Where a connection waits: for the keys of its token, or for its request once it has logged in.</summary>
internal interface IWarmPlace
{
    /// <summary>The wait begins. False: such connections do not wait here, and the handshake deadline goes on.</summary>
    bool TryEnter();

    /// <summary>A login waits for the keys of its token's issuer, which is not the client's delay: the handshake has its time once more, and that wait.</summary>
    void AwaitKeys();

    /// <summary>The first byte of the request is there, or the connection is over.</summary>
    void Leave();
}
