using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>
/// Connects a probe with the gateway's own resolver and source addresses. A plain socket, not a leg: TLS and HTTP want a stream, and
/// nothing of it may run on an event loop.
/// </summary>
internal sealed class ProbeSocket(Resolver resolver, EgressAddresses sources)
{
    /// <inheritdoc cref="ProbeDial"/>
    public async Task<Stream?> DialAsync(string host, int port, AddressFamily family, CancellationToken cancellation)
    {
        if (!sources.Uses(family)) return null;
        foreach (var address in (await AddressesAsync(resolver, host, family, cancellation)).Where(address => address.AddressFamily == family))
        {
            Socket? socket = null;
            try
            {
                // A probe is the gateway's own, but none that a client's connection must make room for
                socket = DescriptorReserve.OfProcess.Admit(new Socket(family, SocketType.Stream, ProtocolType.Tcp));
                if (sources.For(address) is { } source) socket.Bind(new IPEndPoint(source, 0));
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket?.Dispose();
            }
            catch (OperationCanceledException)
            {
                socket?.Dispose();
                throw;
            }
        }

        return null;
    }

    /// <summary>The addresses of a probe's host, in one family; none when it has none.</summary>
    public static async ValueTask<IReadOnlyList<IPAddress>> AddressesAsync(
        Resolver resolver, string host, AddressFamily family, CancellationToken cancellation)
    {
        if (AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out var literal)) return [literal];
        var request = new LookupRequest(host.TrimEnd('.').ToLowerInvariant(), LookupClient.Gateway)
        {
            Families = family == AddressFamily.InterNetwork ? Families.IPv4 : Families.IPv6,
            Preferred = family,
        };
        return (await resolver.ResolveAsync(request, cancellation)).Addresses;
    }
}
