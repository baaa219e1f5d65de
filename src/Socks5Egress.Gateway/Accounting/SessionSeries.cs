namespace Socks5Egress.Gateway.Accounting;

/// <summary>What sessions are told apart by in the metrics.</summary>
internal readonly record struct SeriesKey(string Listener, string? Protocol, string? Policy, string? User);

/// <summary>The sums of all sessions with one key. A session adds to it when it ends; nothing is added a byte.</summary>
internal sealed class SessionSeries(SeriesKey key)
{
    private readonly long[] _ends = new long[Enum.GetValues<EndReason>().Length];
    private long _up, _down;

    public SeriesKey Key => key;

    /// <summary>The same object for every measurement, so that what rises and what falls has equal tags.</summary>
    public KeyValuePair<string, object?>[] Tags { get; } =
    [
        .. new KeyValuePair<string, object?>[]
        {
            new("socks5egress.listener", key.Listener), new("network.protocol.name", key.Protocol),
            new("socks5egress.policy", key.Policy), new("user.name", key.User),
        }.Where(tag => tag.Value is not null),
    ];

    public long Up => Interlocked.Read(ref _up);

    public long Down => Interlocked.Read(ref _down);

    /// <summary>All that have ended.</summary>
    public long Ended => _ends.Sum();

    public long Ends(EndReason reason) => Interlocked.Read(ref _ends[(int)reason]);

    public void Add(EndReason end) => Interlocked.Increment(ref _ends[(int)end]);

    public void Add(long up, long down)
    {
        if (up > 0) Interlocked.Add(ref _up, up);
        if (down > 0) Interlocked.Add(ref _down, down);
    }
}
