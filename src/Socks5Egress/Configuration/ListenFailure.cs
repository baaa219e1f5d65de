using System.Net.Sockets;

namespace Socks5Egress.Configuration;

/// <summary>What to tell an operator about an address that cannot be listened on.</summary>
internal static class ListenFailure
{
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
