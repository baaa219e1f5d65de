namespace Socks5Egress.Compare.Load;

/// <summary>
/// The bytes of bulk transfers: random ones that repeat every 65,521 (a prime, so that no buffer size divides it).
/// A byte that is lost, doubled or moved shows; comparing whole blocks costs less than a tenth of receiving them.
/// </summary>
internal static class Pattern
{
    /// <summary>The most that is sent or received at once.</summary>
    public const int Block = 128 * 1024;

    private const int Period = 65_521;
    private static readonly byte[] Bytes = Make();

    /// <summary>What comes next at this offset of a stream, as many bytes as asked for, at most <see cref="Block"/>.</summary>
    public static ReadOnlySpan<byte> At(long offset, int length = Block) => Bytes.AsSpan((int)(offset % Period), length);

    private static byte[] Make()
    {
        byte[] bytes = new byte[Period + Block];
        new Random(20_5).NextBytes(bytes.AsSpan(0, Period));
        for (int i = Period; i < bytes.Length; i++) bytes[i] = bytes[i - Period];
        return bytes;
    }
}
