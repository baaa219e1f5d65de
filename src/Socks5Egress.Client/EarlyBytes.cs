namespace Socks5Egress.Client;

/// <summary>
/// The first bytes for a target, before there is a connection to it. They stay until one has taken them, since a gateway that refuses has passed none of
/// them on and another may still get them.
/// </summary>
/// <param name="arrived">All of them, where they are known.</param>
internal class EarlyBytes(ReadOnlyMemory<byte> arrived)
{
    /// <summary>The target is to speak first, or the caller does later.</summary>
    public static readonly EarlyBytes None = new(ReadOnlyMemory<byte>.Empty);

    /// <summary>All that came so far.</summary>
    public virtual ReadOnlyMemory<byte> Arrived => arrived;

    /// <summary>Waits for more.</summary>
    /// <param name="known">How many the caller knows of.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether there are more; false when there will be none.</returns>
    public virtual Task<bool> ArriveAsync(int known, CancellationToken cancellation) => Task.FromResult(false);
}
