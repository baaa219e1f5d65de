using System.Net;
using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>How many associations each client has, counted as everything else of a client: by IPv4 address or IPv6 /64.</summary>
/// <param name="most">Associations of one client.</param>
internal sealed class AssociationPlaces(int most)
{
    private readonly ConcurrencyCounter<ClientPrefix> _open = new();

    /// <summary>Clients that have associations.</summary>
    public int Sources => _open.Keys;

    /// <summary>Takes a place, to be given back with <see cref="Leave"/>.</summary>
    /// <returns>False when the client has as many as it may.</returns>
    public bool TryEnter(IPAddress client) => _open.TryEnter(ClientPrefix.Of(client), most);

    /// <summary>Gives a place back.</summary>
    public void Leave(IPAddress client) => _open.Leave(ClientPrefix.Of(client));
}
