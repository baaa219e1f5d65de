using Socks5Egress.Protocol.Dns;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>From a server's response to an answer, and how long it lives.</summary>
internal static class DnsAnswers
{
    /// <summary>A TTL of 0 would ask for every connection of a pool.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(5);

    /// <summary>That there is nothing is asked again sooner: most often somebody is just about to change it.</summary>
    private static readonly TimeSpan MostNegative = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Unsaid = TimeSpan.FromSeconds(2);

    /// <summary>No server had an answer.</summary>
    public static ResolveResult Failure { get; } = new([], Unsaid, EndReason.ResolverFailed);

    /// <param name="query">For addresses.</param>
    /// <param name="response">With <see cref="DnsCode.NoError"/> or <see cref="DnsCode.NameError"/>.</param>
    /// <param name="message">What it was read from.</param>
    public static ResolveResult Of(DnsQuery query, in DnsResponse response, ReadOnlySpan<byte> message)
    {
        var addresses = DnsRecords.Addresses(query, response, message, out var ttl);
        if (addresses.Count > 0) return new ResolveResult(addresses, Within(ttl, Most), EndReason.None);
        var lifetime = DnsRecords.NegativeTtl(response, message) is { } told ? Within(told, MostNegative) : Unsaid;
        return new ResolveResult([], lifetime, EndReason.NameNotResolved);
    }

    private static TimeSpan Within(uint seconds, TimeSpan most)
    {
        var told = TimeSpan.FromSeconds((long)seconds);
        return told < Least ? Least : told > most ? most : told;
    }
}
