using System.Buffers.Binary;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// Bytes whose every place in a stream is known, so that a lost, doubled or swapped stretch shows: the eight-byte
/// words of a stream are a mix of their own number.
/// </summary>
internal static class Pattern
{
    private const int Chunk = 64 * 1024;

    /// <summary>Sends the first so many bytes of the stream; the connection stays open.</summary>
    public static async Task SendAsync(RawConnection connection, long count, TimeSpan? limit = null)
    {
        var buffer = new byte[Chunk];
        for (long sent = 0; sent < count;)
        {
            var now = (int)Math.Min(Chunk, count - sent);
            Fill(buffer, sent);
            await connection.SendAsync(buffer.AsMemory(0, now), limit);
            sent += now;
        }
    }

    /// <summary>Reads to the end and checks every byte.</summary>
    /// <param name="count">What must come, no more and no less.</param>
    public static async Task<Ending> ReceiveAsync(RawConnection connection, long count, TimeSpan? limit = null)
    {
        var (got, ending) = await ReceiveUpToEndAsync(connection, limit);
        if (got != count) throw new InvalidDataException($"{got} bytes came before the end ({ending}), not {count}.");
        return ending;
    }

    /// <summary>Reads to the end and checks every byte.</summary>
    /// <returns>How many came, and how the connection ended.</returns>
    public static async Task<(long Count, Ending Ending)> ReceiveUpToEndAsync(RawConnection connection, TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        var buffer = new byte[Chunk];
        var expected = new byte[Chunk + 8];
        long position = 0;
        try
        {
            while (await connection.Socket.ReceiveAsync(buffer, deadline.Token) is > 0 and var got)
            {
                var skip = (int)(position % 8);
                Fill(expected, position - skip);
                if (!buffer.AsSpan(0, got).SequenceEqual(expected.AsSpan(skip, got)))
                    throw new InvalidDataException($"Wrong bytes within {got} after {position} right ones.");
                position += got;
            }
            return (position, Ending.Fin);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return (position, Ending.Reset);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The stream did not end; {position} bytes came.");
        }
    }

    /// <summary>The first so many bytes.</summary>
    public static byte[] Bytes(int count)
    {
        var padded = new byte[(count + 7) / 8 * 8];
        Fill(padded, 0);
        return padded[..count];
    }

    // position is a multiple of 8
    private static void Fill(Span<byte> buffer, long position)
    {
        for (var i = 0; i + 8 <= buffer.Length; i += 8)
        {
            var word = (ulong)(position + i) * 0x9E3779B97F4A7C15;
            word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[i..], word ^ (word >> 27));
        }
    }
}
