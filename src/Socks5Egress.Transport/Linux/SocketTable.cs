namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A loop's sockets by the key that its events carry: index in the low half, the place's generation in the high one.
/// A place gets a new generation when its socket leaves, so an event that was on its way then finds nobody.
/// </summary>
internal sealed class SocketTable
{
    /// <summary>A key that no socket gets.</summary>
    public const ulong NoSocket = ulong.MaxValue;

    private LoopSocket?[] _sockets = new LoopSocket?[64];
    private uint[] _generations = new uint[64];
    private readonly Stack<int> _free = new();
    private int _used;

    public void Add(LoopSocket socket)
    {
        if (!_free.TryPop(out var index))
        {
            index = _used++;
            if (index == _sockets.Length)
            {
                Array.Resize(ref _sockets, index * 2);
                Array.Resize(ref _generations, index * 2);
            }
        }

        _sockets[index] = socket;
        socket.Key = ((ulong)_generations[index] << 32) | (uint)index;
    }

    public LoopSocket? Find(ulong key)
    {
        var index = (int)(uint)key;
        return (uint)index < (uint)_sockets.Length && _generations[index] == key >> 32 ? _sockets[index] : null;
    }

    public void Replace(LoopSocket socket, LoopSocket by)
    {
        by.Key = socket.Key;
        _sockets[(int)(uint)socket.Key] = by;
    }

    /// <summary>Nothing happens when the socket is not, or no more, in here.</summary>
    public void Remove(LoopSocket socket)
    {
        var index = (int)(uint)socket.Key;
        if (_sockets[index] != socket) return;
        _sockets[index] = null;
        _generations[index]++;
        _free.Push(index);
    }

    /// <summary>A copy of all that are there, for the loop's end.</summary>
    public List<LoopSocket> Drain() => [.. _sockets.OfType<LoopSocket>()];
}
