namespace Socks5Egress.Tests.Protocol.Fuzz;

/// <summary>Spoils legal messages: bits, bytes, lengths, pieces twice, pieces of others. Seeded: a finding can be had again.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus)
{
    private const int Longest = 4096;

    private static readonly byte[] Telling = [0, 1, 2, 3, 4, 5, 0x0A, 0x0D, 0x20, 0x25, 0x2A, 0x2E, 0x3A, 0x40, 0x5B, 0x5D, 0x7F, 0x80, 0xFF];
    private readonly Random _random = new(seed);

    /// <summary>The next message.</summary>
    public byte[] Next()
    {
        List<byte> bytes = [.. corpus[_random.Next(corpus.Count)]];
        for (var i = _random.Next(1, 8); i > 0; i--) Spoil(bytes);
        if (bytes.Count > Longest) bytes.RemoveRange(Longest, bytes.Count - Longest);
        return [.. bytes];
    }

    /// <summary>A rising list of places to cut a message at.</summary>
    public int[] Cuts(int length) => [.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => _random.Next(length + 1)).Order()];

    private void Spoil(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var piece = Math.Min(_random.Next(1, 17), bytes.Count - at);
        switch (_random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = Telling[_random.Next(Telling.Length)];
                break;
            case 3:
                bytes.Insert(at, Telling[_random.Next(Telling.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, piece);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, piece));
                break;
            case 6:
                var other = corpus[_random.Next(corpus.Count)];
                bytes.InsertRange(at, other[_random.Next(other.Length)..]);
                break;
            case 7 when bytes.Count > 0:
                bytes.InsertRange(at, Enumerable.Repeat(bytes[Math.Min(at, bytes.Count - 1)], _random.Next(1, 300)));
                break;
        }
    }
}
