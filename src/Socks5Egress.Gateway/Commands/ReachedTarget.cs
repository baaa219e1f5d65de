using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands;

/// <summary>A target that was dialed and answered for, with everything that lasts as long as it is connected.</summary>
/// <param name="Leg">The target.</param>
/// <param name="Place">Its place under the ceiling of its destination; null: nobody counts.</param>
/// <param name="Choice">Its place among the targets of a forward; null: there is one target.</param>
/// <param name="Retiring">Its place among the sessions that may be retired; null: none of them may.</param>
internal sealed record ReachedTarget(ILeg Leg, IDisposable? Place, IDisposable? Choice, IDisposable? Retiring) : IAsyncDisposable
{
    /// <summary>Closes it, and then gives up what it held, even if the close throws.</summary>
    public async ValueTask DisposeAsync()
    {
        using (Choice)
        using (Place)
        await using (Leg)
            Retiring?.Dispose();
    }
}
