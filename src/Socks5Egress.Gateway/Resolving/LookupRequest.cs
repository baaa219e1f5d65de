using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>Which families of addresses.</summary>
[Flags]
internal enum Families : byte
{
    None = 0,
    IPv4 = 1,
    IPv6 = 2,
    Both = IPv4 | IPv6,
}

/// <summary>Whom a lookup is made for, and so who waits behind whom.</summary>
/// <param name="User">The account; null for nobody.</param>
/// <param name="Source">The address or prefix that the client comes from.</param>
internal readonly record struct LookupClient(string? User, UInt128 Source)
{
    /// <summary>The gateway itself: health checks, probes, the verbs.</summary>
    public static LookupClient Gateway => default;
}

/// <summary>One name to resolve.</summary>
/// <param name="Name">A judged name: lower case, no trailing dot. It is absolute.</param>
/// <param name="Client">Who asks.</param>
internal readonly record struct LookupRequest(string Name, LookupClient Client)
{
    /// <summary>The families that could be dialed; no other is asked for.</summary>
    public Families Families { get; init; } = Families.Both;

    /// <summary>The family whose addresses are tried first, and so waited for a little.</summary>
    public AddressFamily Preferred { get; init; } = AddressFamily.InterNetworkV6;

    /// <summary>An answer that is known already will not do: somebody is asked. What comes is kept for everybody.</summary>
    public bool IsFresh { get; init; }

    /// <summary>Where the answer is taken up. One that runs work on the caller's thread counts as the thread pool.</summary>
    public PipeScheduler Scheduler { get; init; } = PipeScheduler.ThreadPool;
}

/// <summary>One name and one family: what is looked up at a time, shared and cached.</summary>
internal readonly record struct LookupKey(string Name, AddressFamily Family);

/// <summary>One answer about a name.</summary>
/// <param name="Addresses">Canonical addresses; none when <paramref name="End"/> says why.</param>
/// <param name="Lifetime">How long it may be used again; zero or less: not at all.</param>
/// <param name="End">
/// <see cref="EndReason.None"/>, or why there is no address: <see cref="EndReason.NameNotResolved"/>, <see cref="EndReason.ResolverFailed"/>,
/// <see cref="EndReason.LimitLookups"/>, <see cref="EndReason.OutOfDescriptors"/>, <see cref="EndReason.ConnectTimeout"/> for one who waits no longer.
/// </param>
internal sealed record ResolveResult(IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime, EndReason End)
{
    /// <summary>A failure that nobody may use again.</summary>
    public static ResolveResult Of(EndReason end) => new([], TimeSpan.Zero, end);
}
