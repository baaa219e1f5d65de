using System.Net;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One object for an address that many connections share: the clients of one pool, the address that all of them leave from. A small table without a
/// lock, in which a later address takes the place of an earlier one: what is not found is made anew.
/// </summary>
internal static class KnownAddresses
{
    private const int Slots = 256;

    private static readonly IPAddress?[] Known = new IPAddress?[Slots];

    /// <summary>The address of these bytes.</summary>
    /// <param name="bytes">4 or 16 of them, in the network's order.</param>
    /// <param name="scope">The scope of an IPv6 address; 0 is none.</param>
    public static IPAddress Of(ReadOnlySpan<byte> bytes, uint scope = 0)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        ref var slot = ref Known[(uint)hash.ToHashCode() % Slots];
        if (Volatile.Read(ref slot) is { } known && IsSame(known, bytes, scope)) return known;
        var made = bytes.Length == 4 ? new IPAddress(bytes) : new IPAddress(bytes, scope);
        Volatile.Write(ref slot, made);
        return made;
    }

    private static bool IsSame(IPAddress known, ReadOnlySpan<byte> bytes, uint scope)
    {
        Span<byte> its = stackalloc byte[16];
        return known.TryWriteBytes(its, out var length) && its[..length].SequenceEqual(bytes) && (length == 4 || known.ScopeId == scope);
    }
}
