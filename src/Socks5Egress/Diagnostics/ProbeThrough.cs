using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Gateway.Resolving;

namespace Socks5Egress.Diagnostics;

/// <summary>Connects a probe through a gateway. It is asked for an address and not for a name: with a name the family were the gateway's choice.</summary>
internal sealed class ProbeThrough(Socks5Client client, Resolver resolver)
{
    /// <inheritdoc cref="ProbeDial"/>
    public async Task<Stream?> DialAsync(string host, int port, AddressFamily family, CancellationToken cancellation)
    {
        foreach (var address in (await ProbeSocket.AddressesAsync(resolver, host, family, cancellation)).Where(address => address.AddressFamily == family))
        {
            try
            {
                return await client.ConnectAsync(address.ToString(), port, cancellation);
            }
            catch (Socks5Exception)
            {
                // The next address may be allowed, or answer
            }
        }

        return null;
    }
}
