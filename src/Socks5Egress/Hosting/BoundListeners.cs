using System.Net.Sockets;
using Socks5Egress.Configuration;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting;

/// <summary>One opened listener.</summary>
internal readonly record struct BoundListener(IAcceptor Acceptor, ListenerSettings Settings);

/// <summary>The gateway's listeners: all of them open, or none.</summary>
internal static class BoundListeners
{
    /// <summary>Opens every listener.</summary>
    /// <param name="transport">What carries them.</param>
    /// <param name="listeners">What to open.</param>
    /// <param name="openings">All of them.</param>
    /// <returns>Null, or the sentence that says which address could not be had and what to do.</returns>
    public static async ValueTask<string?> OpenAsync(ITransport transport, IEnumerable<ListenerSettings> listeners, List<BoundListener> openings)
    {
        foreach (var listener in listeners)
        {
            try
            {
                openings.Add(new BoundListener(transport.Listen(listener.EndPoint), listener));
            }
            catch (SocketException exception)
            {
                foreach (var opening in openings) await opening.Acceptor.DisposeAsync();
                openings.Clear();
                return Sentence("--listen " + listener.EndPoint, exception.SocketErrorCode);
            }
        }
        return null;
    }

    /// <summary>Why an address cannot be listened on, and what to do.</summary>
    public static string Sentence(string option, SocketError error) => option + ": " + error switch
    {
        SocketError.AddressAlreadyInUse => "another program listens there. Stop it (`ss -ltnp` names it) or choose another port.",
        SocketError.AddressNotAvailable => "no interface of this machine has that address. Choose one that `ip address` lists, or [::] for all.",
        SocketError.AccessDenied => "ports below 1024 need root or CAP_NET_BIND_SERVICE. Choose a higher port.",
        SocketError.AddressFamilyNotSupported => "this machine has no such address family. Choose an address of the other one.",
        _ => $"cannot listen there ({error}).",
    };
}
