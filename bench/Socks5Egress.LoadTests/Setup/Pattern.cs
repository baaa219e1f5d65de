namespace Socks5Egress.LoadTests.Setup;

/// <summary>Bytes that repeat with a prime period, so that a lost, doubled or moved segment shows.</summary>
internal static class Pattern
{
    private const int Period = 65_521;
    private const int Chunk = 64 * 1024;

    private static readonly byte[] Bytes = [.. Enumerable.Range(0, Period + Chunk).Select(i => (byte)((i % Period * 31) ^ (i % Period >> 8)))];

    /// <summary>What stands at that place of the stream, 64 KiB at most.</summary>
    public static ReadOnlyMemory<byte> From(long at, long most) => Bytes.AsMemory((int)(at % Period), (int)Math.Min(Chunk, most));

    /// <summary>Whether these bytes stand at that place of the stream.</summary>
    public static bool Matches(long at, ReadOnlySpan<byte> bytes) => bytes.SequenceEqual(From(at, bytes.Length).Span);
}
