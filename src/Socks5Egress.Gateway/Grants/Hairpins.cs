using System.Collections.Concurrent;
using System.Net;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Grants;

/// <summary>
/// Tells a connection that left here and came in here again, whatever the rules know of this machine's addresses: translated by a
/// firewall (DNAT, REDIRECT), or to an address that nobody has told us of. Both ends of such a connection name the same two endpoints. Each is entered before
/// anything is read from it or written to it, and whichever comes second ends both.
/// </summary>
internal sealed class Hairpins
{
    // A passage is its own key: one object a connection, and not its ends twice
    private readonly ConcurrentDictionary<Passage, Passage> _passages = new(PassageEnds.Comparer);

    /// <summary>Connections that are known, of both kinds.</summary>
    public int Count => _passages.Count;

    /// <summary>A target is connected.</summary>
    /// <param name="local">This end.</param>
    /// <param name="remote">The endpoint that was dialed.</param>
    /// <param name="end">Ends it when it turns out to come in here.</param>
    /// <param name="state">Given to <paramref name="end"/>.</param>
    /// <returns>Dispose it when the connection is over; null: it came in here, and that end of it was told.</returns>
    public Passage? Leave(IPEndPoint local, IPEndPoint remote, Action<object> end, object state) => Enter(new Passage(this, new Ends(local, remote), true, end, state));

    /// <summary>A connection has come in.</summary>
    /// <param name="peer">Who connected.</param>
    /// <param name="dialed">The endpoint that the peer dialed, before any translation.</param>
    /// <param name="end">Ends it when it turns out to have left here.</param>
    /// <param name="state">Given to <paramref name="end"/>.</param>
    /// <returns>Dispose it when the connection is over; null: it left here, and that end of it was told.</returns>
    public Passage? Arrive(IPEndPoint peer, IPEndPoint dialed, Action<object> end, object state) => Enter(new Passage(this, new Ends(peer, dialed), false, end, state));

    private Passage? Enter(Passage passage)
    {
        while (!_passages.TryAdd(passage, passage))
        {
            if (!_passages.TryGetValue(passage, out var other)) continue;
            if (other.IsOutward != passage.IsOutward)
            {
                other.End();
                return null;
            }
            // The kernel has given the two endpoints anew before the earlier connection was taken out
            _passages.TryRemove(KeyValuePair.Create(other, other));
        }
        return passage;
    }

    /// <summary>Who connected, and whereto.</summary>
    internal readonly record struct Ends
    {
        private readonly ulong _fromHigh, _fromLow, _toHigh, _toLow;
        private readonly uint _ports;

        public Ends(IPEndPoint from, IPEndPoint to)
        {
            var (source, target) = (AddressBits.Of(from.Address).Value, AddressBits.Of(to.Address).Value);
            (_fromHigh, _fromLow, _toHigh, _toLow) = ((ulong)(source >> 64), (ulong)source, (ulong)(target >> 64), (ulong)target);
            _ports = (uint)from.Port << 16 | (ushort)to.Port;
        }
    }

    /// <summary>One end of a connection that is open.</summary>
    internal sealed class Passage(Hairpins all, Ends ends, bool outward, Action<object> end, object state) : IDisposable
    {
        public Ends Ends => ends;

        public bool IsOutward => outward;

        public void End() => end(state);

        public void Dispose() => all._passages.TryRemove(KeyValuePair.Create(this, this));
    }

    private sealed class PassageEnds : IEqualityComparer<Passage>
    {
        public static readonly PassageEnds Comparer = new();

        public bool Equals(Passage? one, Passage? other) => one?.Ends == other?.Ends;

        public int GetHashCode(Passage passage) => passage.Ends.GetHashCode();
    }
}
