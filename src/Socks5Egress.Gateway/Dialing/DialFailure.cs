using System.Net.Sockets;

namespace Socks5Egress.Gateway.Dialing;

/// <summary>From socket errors to reasons. Pure.</summary>
internal static class DialFailure
{
    /// <summary>The reason behind one failed attempt.</summary>
    public static EndReason Of(SocketError error) => error switch
    {
        SocketError.ConnectionRefused or SocketError.ConnectionReset => EndReason.TargetRefused,
        SocketError.TimedOut => EndReason.ConnectTimeout,
        SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.AddressFamilyNotSupported => EndReason.NetworkUnreachable,
        SocketError.HostUnreachable or SocketError.HostDown => EndReason.HostUnreachable,
        SocketError.AddressNotAvailable => EndReason.SourceAddressUnavailable,
        SocketError.AddressAlreadyInUse => EndReason.PortsExhausted,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => EndReason.OutOfDescriptors,
        // The kernel says so for a target that a local firewall rule or an unreachable route forbids
        SocketError.AccessDenied => EndReason.NetworkUnreachable,
        _ => EndReason.InternalError,
    };

    /// <summary>
    /// Which of two attempts' failures the client hears: the one nearer to the target, since it says most (a name with a dead IPv6
    /// and a refusing IPv4 address is refused, not unreachable).
    /// </summary>
    public static EndReason Worse(EndReason one, EndReason other) => EndTable.Of(other).Nearness > EndTable.Of(one).Nearness ? other : one;
}
