using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Exec.SynVerdict;

/// <summary>
/// SYNs that wait for their verdict, those that have it, and the connections through the gateway that wait for their handshake. A SYN
/// that is sent again shares the first one's verdict, whether that is there yet or not.
/// </summary>
internal sealed class PendingSyns(TimeProvider time)
{
    /// <summary>A client's kernel sends its last SYN after a minute (tcp_syn_retries).</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(75);

    /// <summary>The handshake with our own kernel takes microseconds; a client that has given up never completes it.</summary>
    private static readonly TimeSpan Unclaimed = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<SynPacket, Entry> _entries = [];
    private readonly Dictionary<(IPEndPoint From, IPEndPoint To), (Socket Socket, long Since)> _ready = [];

    /// <summary>A SYN came.</summary>
    /// <returns>Whether it is a new one; else its verdict, if there is one.</returns>
    public (bool IsNew, SynMark? Mark) Arrived(SynPacket syn, uint id)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(syn, out var known))
            {
                known.Since = time.GetTimestamp();
                if (known.Mark is null) known.Waiting.Add(id);
                return (false, known.Mark);
            }

            _entries[syn] = new Entry { Since = time.GetTimestamp(), Waiting = { id } };
            return (true, null);
        }
    }

    /// <summary>The gateway has answered.</summary>
    /// <param name="syn">Which.</param>
    /// <param name="mark">The verdict.</param>
    /// <param name="socket">The connection through the gateway, when it was granted.</param>
    /// <returns>The numbers of the packets that wait for it.</returns>
    public IReadOnlyList<uint> Decided(SynPacket syn, SynMark mark, Socket? socket)
    {
        lock (_lock)
        {
            if (socket is not null)
            {
                if (_ready.Remove((syn.From, syn.To), out var older)) older.Socket.Dispose();
                _ready[(syn.From, syn.To)] = (socket, time.GetTimestamp());
            }

            if (!_entries.TryGetValue(syn, out var entry)) return [];
            (entry.Mark, entry.Since) = (mark, time.GetTimestamp());
            var waiting = entry.Waiting;
            entry.Waiting = [];
            return waiting;
        }
    }

    /// <summary>The connection through the gateway for an accepted one; the caller's from then on.</summary>
    public Socket? Claim(IPEndPoint from, IPEndPoint to)
    {
        lock (_lock) return _ready.Remove((from, to), out var ready) ? ready.Socket : null;
    }

    /// <summary>Forgets what is old.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach (var (syn, entry) in _entries)
            {
                if (entry.Mark is not null && time.GetElapsedTime(entry.Since) > Remembered) _entries.Remove(syn);
            }

            foreach (var (key, ready) in _ready)
            {
                if (time.GetElapsedTime(ready.Since) <= Unclaimed) continue;
                _ready.Remove(key);
                ready.Socket.Dispose();
            }
        }
    }

    private sealed class Entry
    {
        public SynMark? Mark { get; set; }

        public long Since { get; set; }

        public List<uint> Waiting { get; set; } = [];
    }
}
