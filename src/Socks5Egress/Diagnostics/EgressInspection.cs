using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Gateway.Resolving;

namespace Socks5Egress.Diagnostics;

/// <summary>Asks the probes from which addresses a way leaves, each family by itself.</summary>
/// <param name="settings">What is expected, and who tells.</param>
/// <param name="direct">Connects without a gateway, as <c>run</c> would here.</param>
/// <param name="resolver">Looks the probes up.</param>
/// <param name="time">The clock.</param>
internal sealed class EgressInspection(IdentitySettings settings, ProbeDial direct, Resolver resolver, TimeProvider time)
{
    /// <summary>Looks once.</summary>
    /// <param name="gateway">The way; null for the direct one.</param>
    public Task<ObservedEgress[]> LookAsync(Socks5Proxy? gateway)
    {
        ProbeDial dial = gateway is null ? direct : new ProbeThrough(new Socks5Client(gateway), resolver).DialAsync;
        EgressProbe[] probes = [.. settings.Probes.Select(probe => ProbeText.Create(probe, dial))];
        AddressFamily[] families = settings.Expected.IsEmpty
            ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]
            : [.. settings.Expected.Select(address => address.AddressFamily).Distinct()];
        return Task.WhenAll(families.Select(async family =>
        {
            var expected = settings.Expected.Where(address => address.AddressFamily == family).ToList();
            return ObservedEgress.Of(family, expected, await ProbeRound.LookAsync(probes, family, expected, time, CancellationToken.None), settings.Mode);
        }));
    }
}
