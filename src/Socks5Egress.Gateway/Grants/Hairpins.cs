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
    private readonly ConcurrentDictionary<Ends, Passage> _passages = new();

    /// <summary>Connections that are known, of both kinds.</summary>
    public int Count => _passages.Count;

    /// <summary>A target is connected.</summary>
    /// <param name="local">This end.</param>
    /// <param name="remote">The endpoint that was dialed.</param>
    /// <param name="end">Ends it when it turns out to come in here.</param>
    /// <returns>Dispose it when the connection is over; null: it came in here, and that end of it was told.</returns>
    public Passage? Leave(IPEndPoint local, IPEndPoint remote, Action end) => Enter(new Passage(this, new Ends(local, remote), true, end));

    /// <summary>A connection has come in.</summary>
    /// <param name="peer">Who connected.</param>
    /// <param name="dialed">The endpoint that the peer dialed, before any translation.</param>
    /// <param name="end">Ends it when it turns out to have left here.</param>
    /// <returns>Dispose it when the connection is over; null: it left here, and that end of it was told.</returns>
    public Passage? Arrive(IPEndPoint peer, IPEndPoint dialed, Action end) => Enter(new Passage(this, new Ends(peer, dialed), false, end));

    private Passage? Enter(Passage passage)
    {
        while (!_passages.TryAdd(passage.Ends, passage))
        {
            if (!_passages.TryGetValue(passage.Ends, out var other)) continue;
            if (other.IsOutward != passage.IsOutward)
            {
                other.End();
                return null;
            }
            // The kernel has given the two endpoints anew before the earlier connection was taken out
            if (_passages.TryUpdate(passage.Ends, passage, other)) break;
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
    internal sealed class Passage(Hairpins all, Ends ends, bool outward, Action end) : IDisposable
    {
        public Ends Ends => ends;

        public bool IsOutward => outward;

        public void End() => end();

        public void Dispose() => all._passages.TryRemove(KeyValuePair.Create(ends, this));
    }
}
