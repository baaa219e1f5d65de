namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// What one direction of a connection may do on the engine's thread before it goes on through the thread pool's queue, behind the others.
/// The engine gives whatever is there at once, so a loop over it would never let go of the thread while the peer keeps up.
/// </summary>
internal struct EngineBudget
{
    private const int Most = 512 * 1024;

    // Calls cost, too: so many bytes is what a smaller one counts for
    private const int LeastCost = 8 * 1024;

    private int _spent;

    /// <summary>Nothing is left: await <see cref="Renew"/>.</summary>
    public readonly bool IsSpent => _spent >= Most;

    /// <summary>A call is done, and has moved so many bytes.</summary>
    public void Spend(long bytes) => _spent += (int)Math.Clamp(bytes, LeastCost, Most);

    /// <summary>The next turn.</summary>
    public PoolTurn Renew()
    {
        _spent = 0;
        return default;
    }
}
