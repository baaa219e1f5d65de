using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Exec.Names;

/// <summary>
/// Gives each name an IPv4 address of 198.18.0.0/15 (RFC 2544) and an IPv6 address of one ULA /64 (RFC 4193), and knows the name when
/// the address comes back. Holds 65,536 names; the least recently used one makes room, and its addresses rest for ten minutes.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="capacity">The most names at a time.</param>
/// <param name="slots">How many addresses there are, the reserved ones left out.</param>
internal sealed class SyntheticNames(TimeProvider time, int capacity = SyntheticNames.Capacity, int slots = SyntheticNames.Slots)
{
    public const int Capacity = 65_536;

    /// <summary>Seconds that an answer may be kept: below <see cref="Rest"/>, so that no resolver holds an address that has a new name.</summary>
    public const int TimeToLive = 60;

    // 0 is the network's own; the last two of the /15 are lo's own address and the broadcast address
    private const int Slots = 131_069;
    private const uint FirstV4 = 0xC612_0000;

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);
    private static readonly byte[] PrefixV6 = [0xfd, 0x5e, 0x0c, 0x5e, 0x67, 0x2e, 0x55, 0x00];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<int, LinkedListNode<Entry>> _bySlot = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Queue<(int Slot, long Since)> _resting = new();
    private int _used;

    /// <summary>The addresses of a name.</summary>
    /// <returns>False when every address is taken or at rest.</returns>
    public bool TryAssign(string name, [NotNullWhen(true)] out IPAddress? v4, [NotNullWhen(true)] out IPAddress? v6)
    {
        (v4, v6) = (null, null);
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var known)) Touch(known);
            else if ((known = Add(name)) is null) return false;
            (v4, v6) = (V4(known.Value.Slot), V6(known.Value.Slot));
            return true;
        }
    }

    /// <summary>The name that an address was given to.</summary>
    public bool TryFind(IPAddress address, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!IsSynthetic(address)) return false;
        lock (_lock)
        {
            if (!_bySlot.TryGetValue(SlotOf(address), out var known)) return false;
            Touch(known);
            name = known.Value.Name;
            return true;
        }
    }

    /// <summary>An address that can only have come from here.</summary>
    public static bool IsSynthetic(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork ? bytes[0] == 198 && bytes[1] is 18 or 19 : bytes.StartsWith(PrefixV6);
    }

    private LinkedListNode<Entry>? Add(string name)
    {
        if (TakeSlot() is not { } slot) return null;
        if (_byName.Count >= capacity) Evict();
        var node = _byUse.AddLast(new Entry(name, slot));
        _byName[name] = node;
        _bySlot[slot] = node;
        return node;
    }

    private int? TakeSlot()
    {
        if (_used < slots) return ++_used;
        if (!_resting.TryPeek(out var oldest) || time.GetElapsedTime(oldest.Since) < Rest) return null;
        return _resting.Dequeue().Slot;
    }

    private void Evict()
    {
        var oldest = _byUse.First!;
        _byUse.RemoveFirst();
        _byName.Remove(oldest.Value.Name);
        _bySlot.Remove(oldest.Value.Slot);
        _resting.Enqueue((oldest.Value.Slot, time.GetTimestamp()));
    }

    private void Touch(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _byUse.AddLast(node);
    }

    private static IPAddress V4(int slot)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, FirstV4 + (uint)slot);
        return new IPAddress(bytes);
    }

    private static IPAddress V6(int slot)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        PrefixV6.CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], slot);
        return new IPAddress(bytes);
    }

    private static int SlotOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var last = BinaryPrimitives.ReadUInt32BigEndian(bytes[(length - 4)..]);
        return (int)(length == 4 ? last - FirstV4 : last);
    }

    private readonly record struct Entry(string Name, int Slot);
}
