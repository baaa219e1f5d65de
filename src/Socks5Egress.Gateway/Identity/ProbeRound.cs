using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity;

/// <summary>Asks one service which address a connection of this family comes from; null when it does not say. Throws on cancellation only.</summary>
internal delegate Task<IPAddress?> EgressProbe(AddressFamily family, CancellationToken cancellation);

/// <summary>Every probe asked once, at the same time.</summary>
internal static class ProbeRound
{
    /// <summary>What a probe gets before it counts as silent.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks about one family, and judges the answers.</summary>
    public static async Task<Observation> LookAsync(
        IReadOnlyList<EgressProbe> probes, AddressFamily family, IReadOnlyCollection<IPAddress> expected, TimeProvider time, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var answers = await Task.WhenAll(probes.Select(async probe =>
        {
            try
            {
                return await probe(family, either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return null;
            }
        }));
        return Observation.Judge(answers, expected);
    }
}
