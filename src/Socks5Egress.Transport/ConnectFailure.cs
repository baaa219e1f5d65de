using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport;

/// <summary>What an error of <c>connect</c> means where Linux has one number for several things.</summary>
internal static class ConnectFailure
{
    /// <summary>
    /// EADDRNOTAVAIL: every port towards the target is in use (<see cref="SocketError.AddressAlreadyInUse"/>), or this machine has no
    /// address to leave from (<see cref="SocketError.NetworkUnreachable"/>). EINVAL: an address that cannot be connected to as it
    /// stands, as a link-local one without its interface.
    /// </summary>
    /// <param name="error">What <c>connect</c> gave; not <c>bind</c>, whose EADDRNOTAVAIL is a missing source address.</param>
    /// <param name="remote">The target.</param>
    /// <param name="source">The address that the socket was bound to, or null.</param>
    public static SocketError Of(SocketError error, IPEndPoint remote, IPAddress? source) => error switch
    {
        SocketError.AddressNotAvailable => HasAddress(remote, source) ? SocketError.AddressAlreadyInUse : SocketError.NetworkUnreachable,
        SocketError.InvalidArgument => SocketError.NetworkUnreachable,
        _ => error,
    };

    /// <summary>UDP has ports of its own and takes the same way: it fails only for want of an address. Nothing is sent.</summary>
    private static bool HasAddress(IPEndPoint remote, IPAddress? source)
    {
        try
        {
            using var socket = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            socket.Connect(remote);
            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode != SocketError.AddressNotAvailable;
        }
    }
}
