using System.Net;
using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>
/// Where a datagram goes, with a grant of its own. Once that does not hold, nothing goes there any more and nothing comes back.
/// </summary>
internal sealed class UdpTarget : IGranted, IDisposable
{
    private readonly Action<UdpTarget> _onRevoked;

    /// <param name="association">The lease of the association: what was granted to it is granted to the datagram.</param>
    /// <param name="onRevoked">Told when the rules forbid it.</param>
    public UdpTarget(Lease association, Action<UdpTarget> onRevoked)
    {
        _onRevoked = onRevoked;
        // The association's grant was judged when it was published; a change since then has walked over it, or judges this one
        var rules = association.Rules;
        Lease = association.Branch(association.Grant, this, rules);
        if (association.IsRevoked) Revoke();
    }

    /// <summary>Its grant; null only while it is told that it does not even begin.</summary>
    public Lease Lease { get; }

    /// <summary>The judged address; null while it is judged.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>The socket that datagrams to it leave from.</summary>
    public UdpSocket? Socket { get; private set; }

    /// <summary>The judgement is over, and this is the way.</summary>
    public void Reached(IPEndPoint endpoint, UdpSocket socket) => (EndPoint, Socket) = (endpoint, socket);

    public void Revoke() => _onRevoked(this);

    public void Dispose() => Lease?.Dispose();
}
