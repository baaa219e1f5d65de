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
    private readonly Dictionary<IPEndPoint, List<(Socket Socket, long Since)>> _ready = [];

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
                if (!_ready.TryGetValue(syn.To, out var same)) _ready[syn.To] = same = [];
                same.Add((socket, time.GetTimestamp()));
            }

            if (!_entries.TryGetValue(syn, out var entry)) return [];
            (entry.Mark, entry.Since) = (mark, time.GetTimestamp());
            var waiting = entry.Waiting;
            entry.Waiting = [];
            return waiting;
        }
    }

    /// <summary>
    /// The connection through the gateway for an accepted one; the caller's from then on. Any to that destination will do, since nothing has been
    /// said on it; and the other end cannot tell which it is: a port that two connections share is changed on the way to the one listener.
    /// </summary>
    public Socket? Claim(IPEndPoint to)
    {
        lock (_lock)
        {
            if (!_ready.TryGetValue(to, out var same)) return null;
            var (socket, _) = same[^1];
            same.RemoveAt(same.Count - 1);
            if (same.Count == 0) _ready.Remove(to);
            return socket;
        }
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

            foreach (var (to, same) in _ready)
            {
                var old = same.FindAll(each => time.GetElapsedTime(each.Since) > Unclaimed);
                old.ForEach(each => each.Socket.Dispose());
                same.RemoveAll(old.Contains);
                if (same.Count == 0) _ready.Remove(to);
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
