using Socks5Egress.Gateway.Identity;

namespace Socks5Egress.Fly.Audit;

/// <summary>The lines that the other side's allow-list has to hold.</summary>
internal static class AllowListSnippet
{
    /// <summary>One CIDR a line, both families.</summary>
    public static IEnumerable<string> Cidr(IEnumerable<EgressAddress> addresses) => addresses.Select(address => address.Cidr).Distinct();

    /// <summary>Postgres: TLS and a password, from these addresses alone.</summary>
    public static IEnumerable<string> PgHba(IEnumerable<EgressAddress> addresses) =>
        addresses.Select(address => AllowListLines.PgHba(address.Address)).Distinct();
}
