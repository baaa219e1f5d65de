using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Socks5Egress.Dialing;

/// <summary>
/// Asks the one server that <c>--resolver</c> names, for both families at once, and honours the TTLs it tells: at least 1 s (a TTL of 0
/// would ask for every connection of a pool), at most 5 min. Failures live as in <see cref="SystemLookUp"/>.
/// </summary>
internal sealed class ServerLookUp(IPEndPoint server)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Negative = TimeSpan.FromSeconds(2);

    private readonly LookupClient _client = new(new LookupClientOptions(server)
    {
        UseCache = false,
        Timeout = TimeSpan.FromSeconds(2),
        Retries = 2,
        ThrowDnsErrors = false,
        EnableAuditTrail = false,
    });

    /// <inheritdoc cref="LookUp"/>
    public async Task<Answer> AskAsync(string name)
    {
        var answers = await Task.WhenAll(AskAsync(name, QueryType.AAAA), AskAsync(name, QueryType.A));
        var records = answers.SelectMany(answer => answer.Records).ToArray();
        if (records.Length > 0)
        {
            var lifetime = TimeSpan.FromSeconds(records.Min(record => record.InitialTimeToLive));
            return new Answer(
                [.. records.Select(record => record.Address)], lifetime < Least ? Least : lifetime > Most ? Most : lifetime, EndReason.None);
        }
        // One family without records and the other without an answer: there may be addresses, nobody could tell
        var failed = answers.Any(answer => !answer.Answered);
        return new Answer([], Negative, failed ? EndReason.ResolverFailed : EndReason.NameNotResolved);
    }

    private async Task<(bool Answered, AddressRecord[] Records)> AskAsync(string name, QueryType type)
    {
        try
        {
            var response = await _client.QueryAsync(name, type);
            var answered = response.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain;
            return (answered, [.. response.Answers.OfType<AddressRecord>()]);
        }
        catch (DnsResponseException)
        {
            return (false, []);
        }
    }
}
