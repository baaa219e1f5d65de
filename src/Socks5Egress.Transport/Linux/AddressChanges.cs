using System.ComponentModel;

namespace Socks5Egress.Transport.Linux;

/// <summary>What the kernel tells of addresses that come and go, by netlink (rtnetlink(7)).</summary>
internal static unsafe class AddressChanges
{
    private const int Netlink = 16, Raw = 3, RouteFamily = 0;

    /// <summary>RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR.</summary>
    private const uint Groups = 0x10 | 0x100;

    private const int AddressLength = 12, BufferLength = 8192;

    /// <summary>Calls <paramref name="changed"/> once at the beginning, and each time that an address has come or gone. Blocks; does not return.</summary>
    public static void Watch(Action changed)
    {
        var fd = Libc.Socket(Netlink, Raw | Libc.CloseOnExec, RouteFamily);
        if (fd < 0) throw new Win32Exception(Errno.Last, "socket(AF_NETLINK)");
        try
        {
            Bind(fd);
            var buffer = stackalloc byte[BufferLength];
            while (true)
            {
                // What is in the messages does not matter: the whole table is read anew, and so also behind ENOBUFS, which says that some were lost
                changed();
                var received = Libc.Receive(fd, buffer, BufferLength, 0);
                if (received < 0 && Errno.Last is not (Errno.Interrupted or Errno.NoBuffers)) throw new Win32Exception(Errno.Last, "recv(AF_NETLINK)");
            }
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    private static void Bind(int fd)
    {
        // struct sockaddr_nl: family, padding, port, groups
        var address = stackalloc byte[AddressLength];
        new Span<byte>(address, AddressLength).Clear();
        *(ushort*)address = Netlink;
        *(uint*)(address + 8) = Groups;
        if (Libc.Bind(fd, address, AddressLength) != 0) throw new Win32Exception(Errno.Last, "bind(AF_NETLINK)");
    }
}
