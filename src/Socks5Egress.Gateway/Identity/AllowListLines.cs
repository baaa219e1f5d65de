using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity;

/// <summary>What the other side's allow-list has to hold, ready to copy.</summary>
internal static class AllowListLines
{
    /// <summary>One address as a network.</summary>
    public static string Cidr(IPAddress address) => address + (address.AddressFamily == AddressFamily.InterNetwork ? "/32" : "/128");

    /// <summary>For pg_hba.conf: TLS and a password, from this address alone.</summary>
    public static string PgHba(IPAddress address) => $"hostssl  all  all  {Cidr(address),-45}  scram-sha-256";
}
