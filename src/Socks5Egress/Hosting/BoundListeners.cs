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
                return ListenFailure.Sentence("--listen " + listener.EndPoint, exception.SocketErrorCode);
            }
        }
        return null;
    }
}
