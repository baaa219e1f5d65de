using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Linux;

/// <summary>The error numbers of Linux that sockets give, and what .NET calls them.</summary>
internal static class Errno
{
    public const int Interrupted = 4, TryAgain = 11, NoBuffers = 105, ConnectionAborted = 103, InProgress = 115;

    /// <summary>errno of the last call of <see cref="Libc"/> on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The name that the stages know. A number that is not listed becomes <see cref="SocketError.SocketError"/>.</summary>
    public static SocketError ToSocketError(int errno) => errno switch
    {
        0 => SocketError.Success,
        Interrupted => SocketError.Interrupted,
        TryAgain => SocketError.WouldBlock,
        1 or 13 => SocketError.AccessDenied, // EPERM: a firewall rule; EACCES: a broadcast address, a low port
        9 or 88 => SocketError.NotSocket,
        12 or NoBuffers => SocketError.NoBufferSpaceAvailable,
        22 => SocketError.InvalidArgument,
        23 or 24 => SocketError.TooManyOpenSockets, // ENFILE, EMFILE
        32 => SocketError.Shutdown, // EPIPE: we, or the peer's reset, closed this way
        92 => SocketError.ProtocolOption,
        93 => SocketError.ProtocolNotSupported,
        95 => SocketError.OperationNotSupported,
        97 => SocketError.AddressFamilyNotSupported,
        98 => SocketError.AddressAlreadyInUse,
        99 => SocketError.AddressNotAvailable,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        102 => SocketError.NetworkReset,
        ConnectionAborted => SocketError.ConnectionAborted,
        104 => SocketError.ConnectionReset,
        106 => SocketError.IsConnected,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        InProgress => SocketError.InProgress,
        _ => SocketError.SocketError,
    };
}
