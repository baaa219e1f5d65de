namespace Socks5Egress.Fly.Audit;

/// <summary>The lines that the other side's allow-list has to hold.</summary>
internal static class AllowListSnippet
{
    /// <summary>One CIDR a line, both families.</summary>
    public static IEnumerable<string> Cidr(IEnumerable<EgressAddress> addresses) => addresses.Select(address => address.Cidr).Distinct();

    /// <summary>Postgres: TLS and a password, from these addresses alone.</summary>
    public static IEnumerable<string> PgHba(IEnumerable<EgressAddress> addresses) =>
        Cidr(addresses).Select(cidr => $"hostssl  all  all  {cidr,-45}  scram-sha-256");
}
