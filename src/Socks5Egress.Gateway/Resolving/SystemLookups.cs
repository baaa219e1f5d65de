using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// The system's resolver (getaddrinfo), for what only it can answer. It blocks, so that it has threads of its own, and it cannot be stopped: a
/// lookup that nobody waits for goes on and keeps its place. It tells no TTL: answers live 10 s (short enough for a failover by DNS, long
/// enough to spare a pool that opens fifty connections at once), failures 2 s.
/// </summary>
internal sealed class SystemLookups(WorkerThreads threads) : ILookupSource
{
    /// <summary>Lookups at once: threads.</summary>
    public const int Places = 128;

    private static readonly TimeSpan Positive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Negative = TimeSpan.FromSeconds(2);

    public Func<bool> Begin(LookupKey key, Action<ResolveResult> done)
    {
        threads.Run(() =>
        {
            var answer = ResolveResult.Of(EndReason.ResolverFailed);
            try
            {
                answer = Ask(key);
            }
            finally
            {
                done(answer);
            }
        });
        return static () => false;
    }

    private static ResolveResult Ask(LookupKey key)
    {
        try
        {
            // The dot at the end keeps the name from the system's search list: what was judged is what is looked up
            var addresses = System.Net.Dns.GetHostAddresses(key.Name + ".", key.Family);
            return addresses.Length > 0 ? new ResolveResult(addresses, Positive, EndReason.None) : new ResolveResult([], Negative, EndReason.NameNotResolved);
        }
        catch (SocketException exception)
        {
            var reason = exception.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.AddressFamilyNotSupported
                ? EndReason.NameNotResolved
                : EndReason.ResolverFailed;
            return new ResolveResult([], Negative, reason);
        }
    }
}
