using System.Net;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Limits;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Gateway.Connecting;

/// <summary>
/// What came of a wish before anything is dialed, and the lookup that may still bring addresses of the other family. Dispose it when nobody wants
/// those any more.
/// </summary>
/// <param name="Judged">What may be dialed now, or why nothing.</param>
/// <param name="Pending">The lookup; null when there was none.</param>
/// <param name="Family">Which family goes first.</param>
/// <param name="Judge">Judges addresses that come late, as the first ones were.</param>
internal sealed record ResolvedTarget(
    AuthorizedTarget Judged, Resolution? Pending, AddressFamilyPreference Family, Func<IReadOnlyList<IPAddress>, IReadOnlyList<ConnectAttempt>> Judge) : IDisposable
{
    public ResolvedTarget(in AuthorizedTarget judged)
        : this(judged, null, AddressFamilyPreference.Auto, static _ => [])
    {
    }

    /// <summary>What the dialer is told of addresses that are still to come; null when there are none.</summary>
    /// <param name="places">Where a place is taken; those of late addresses are added.</param>
    /// <param name="ceiling">Where places are taken.</param>
    public LateSteps? Late(List<ConnectAttempt> places, DestinationLimiter ceiling)
    {
        if (Pending is not { HasLate: true } pending) return null;
        var coming = pending.LateAsync(CancellationToken.None).AsTask();
        return new LateSteps(coming, left =>
        {
            var late = ceiling.Enter(Judge(coming.Result.Addresses));
            places.AddRange(late);
            return AddressOrder.Join(left, late, Family);
        });
    }

    public void Dispose() => Pending?.Dispose();
}
