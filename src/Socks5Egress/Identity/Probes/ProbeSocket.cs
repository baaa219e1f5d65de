using System.Net;
using System.Net.Sockets;
using Socks5Egress.Dialing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Identity.Probes;

/// <summary>
/// Connects a probe with the gateway's own resolver and source addresses. A plain socket, not a leg: TLS and HTTP want a stream, and
/// nothing of it may run on an event loop.
/// </summary>
internal sealed class ProbeSocket(Resolver resolver, SourceAddresses sources)
{
    /// <inheritdoc cref="ProbeDial"/>
    public async Task<Stream?> DialAsync(string host, int port, AddressFamily family, CancellationToken cancellation)
    {
        if (!sources.Uses(family)) return null;
        IReadOnlyList<IPAddress> addresses = AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out var literal)
            ? [literal]
            : (await resolver.ResolveAsync(host.ToLowerInvariant(), cancellation)).Addresses;
        foreach (var address in addresses.Where(address => address.AddressFamily == family))
        {
            var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (sources.For(address) is { } source) socket.Bind(new IPEndPoint(source, 0));
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        return null;
    }
}
