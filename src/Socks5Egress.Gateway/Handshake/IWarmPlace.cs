namespace Socks5Egress.Gateway.Handshake;

/// <summary>Where a connection waits that has logged in and has not asked for anything yet.</summary>
internal interface IWarmPlace
{
    /// <summary>The wait begins. False: such connections do not wait here, and the handshake deadline goes on.</summary>
    bool TryEnter();

    /// <summary>The first byte of the request is there, or the connection is over.</summary>
    void Leave();
}
