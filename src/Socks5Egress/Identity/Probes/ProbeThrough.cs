using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Protocol;

namespace Socks5Egress.Identity.Probes;

/// <summary>Connects a probe through a gateway. It is asked for an address and not for a name: with a name the family were the gateway's choice.</summary>
internal sealed class ProbeThrough(Socks5Client client)
{
    /// <inheritdoc cref="ProbeDial"/>
    public async Task<Stream?> DialAsync(string host, int port, AddressFamily family, CancellationToken cancellation)
    {
        foreach (var address in (await AddressesAsync(host, cancellation)).Where(address => address.AddressFamily == family))
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

    private static async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancellation)
    {
        if (AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out var literal)) return [literal];
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
