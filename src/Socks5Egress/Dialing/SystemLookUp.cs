using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Dialing;

/// <summary>
/// The system's resolver (getaddrinfo): it honours everything that the machine is set up for, but tells no TTL. Answers live 10 s
/// (short enough for a failover by DNS, long enough to spare a pool that opens fifty connections at once), failures 2 s.
/// </summary>
internal static class SystemLookUp
{
    private static readonly TimeSpan Positive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Negative = TimeSpan.FromSeconds(2);

    // getaddrinfo holds a pool thread while it waits: a dead server must not take them all
    private static readonly SemaphoreSlim AtOnce = new(32);

    /// <inheritdoc cref="LookUp"/>
    public static async Task<Answer> AskAsync(string name)
    {
        await AtOnce.WaitAsync();
        try
        {
            // The overload without a token never leaves getaddrinfo behind on its thread without us counting it
            var addresses = await Dns.GetHostAddressesAsync(name, AddressFamily.Unspecified, CancellationToken.None);
            return addresses.Length > 0 ? new Answer(addresses, Positive, EndReason.None) : new Answer([], Negative, EndReason.NameNotResolved);
        }
        catch (SocketException exception)
        {
            var reason = exception.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData
                ? EndReason.NameNotResolved
                : EndReason.ResolverFailed;
            return new Answer([], Negative, reason);
        }
        finally
        {
            AtOnce.Release();
        }
    }
}
