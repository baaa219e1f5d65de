using System.Net.Sockets;

namespace Socks5Egress.Exec.Namespace;

/// <summary>What the namespace consists of when it is ready.</summary>
internal sealed record NamespaceSockets
{
    /// <summary>The listener that every connection to an IPv4 address is led to.</summary>
    public required Socket Listener { get; init; }

    /// <summary>The same for IPv6, or null where the kernel has none.</summary>
    public Socket? ListenerV6 { get; init; }

    /// <summary>The name stub's datagrams.</summary>
    public required Socket NameDatagrams { get; init; }

    /// <summary>The name stub's connections.</summary>
    public required Socket NameConnections { get; init; }

    /// <summary>The netlink socket that SYNs wait at; null where the kernel has no NFQUEUE.</summary>
    public int? Queue { get; init; }

    /// <summary>A user namespace was needed.</summary>
    public bool IsInUserNamespace { get; init; }

    public static NamespaceSockets Of(HelperMessage ready)
    {
        var fds = ready.Descriptors;
        var hasV6 = ready.Field(4) != 0;
        return new NamespaceSockets
        {
            Listener = Adopt(fds[0]),
            NameDatagrams = Adopt(fds[1]),
            NameConnections = Adopt(fds[2]),
            ListenerV6 = hasV6 ? Adopt(fds[3]) : null,
            Queue = ready.Field(2) == 0 ? null : fds[^1],
            IsInUserNamespace = ready.Field(1) != 0,
        };
    }

    public static Socket Adopt(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));
}
