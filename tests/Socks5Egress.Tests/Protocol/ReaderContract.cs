using System.Buffers;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Protocol;

/// <summary>
/// What every reader promises, whatever the message: the same answer however the bytes are cut, nothing consumed
/// before the message is whole, nothing consumed behind it, a fault at the byte that is at fault and not before, and
/// nothing allocated on the way.
/// </summary>
internal static class ReaderContract
{
    public delegate Parsed<T> Reader<T>(in ReadOnlySequence<byte> buffer)
        where T : struct;

    /// <summary>The bytes are one whole message; <paramref name="check"/> sees each value read from them.</summary>
    public static void Reads<T>(Reader<T> read, byte[] message, Action<T> check)
        where T : struct
    {
        foreach (var prefix in Prefixes(message, message.Length - 1)) Expect(read, prefix, ParseStatus.NeedMore, ParseFault.None);

        byte[] behind = [0x00, 0x05, 0x0D, 0x0A, 0xFF];
        foreach (var bytes in new[] { message, [.. message, .. behind], [.. message, .. message] })
        {
            foreach (var buffer in Cuts(bytes))
            {
                var result = read(buffer);
                Assert.Equal(ParseStatus.Done, result.Status);
                Assert.Equal(ParseFault.None, result.Fault);
                Assert.Equal(bytes[message.Length..], buffer.Slice(result.Consumed).ToArray());
                check(result.Value);
            }
        }

        AllocatesNothing(read, message);
    }

    /// <summary>The bytes are refused once <paramref name="length"/> of them are there, and not before.</summary>
    public static void Refuses<T>(Reader<T> read, byte[] bytes, int length, ParseFault fault)
        where T : struct
    {
        foreach (var prefix in Prefixes(bytes, length - 1)) Expect(read, prefix, ParseStatus.NeedMore, ParseFault.None);
        for (int end = length; end <= bytes.Length; end++) Expect(read, bytes[..end], ParseStatus.Invalid, fault);
        AllocatesNothing(read, bytes);
    }

    private static IEnumerable<byte[]> Prefixes(byte[] bytes, int longest) =>
        Enumerable.Range(0, longest + 1).Select(length => bytes[..length]);

    private static void Expect<T>(Reader<T> read, byte[] bytes, ParseStatus status, ParseFault fault)
        where T : struct
    {
        foreach (var buffer in new[] { Segments.Whole(bytes), Segments.Single(bytes), Segments.CutAt(bytes, bytes.Length / 2) })
        {
            var result = read(buffer);
            Assert.True(
                result.Status == status && result.Fault == fault,
                $"{bytes.Length} bytes: {result.Status} {result.Fault}, expected {status} {fault}");
        }
    }

    // The calls above have run whatever runs once, such as static initializers
    private static void AllocatesNothing<T>(Reader<T> read, byte[] bytes)
        where T : struct
    {
        foreach (var buffer in new[] { Segments.Whole(bytes), Segments.Single(bytes), Segments.CutAt(bytes, bytes.Length / 2) })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            read(buffer);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static IEnumerable<ReadOnlySequence<byte>> Cuts(byte[] bytes)
    {
        yield return Segments.Whole(bytes);
        yield return Segments.Single(bytes);
        // A buffer that starts in the middle of a segment, as the one behind an earlier message does
        yield return Segments.Whole((byte[])[0xEE, 0xEE, .. bytes]).Slice(2);
        for (int cut = 0; cut <= bytes.Length; cut++) yield return Segments.CutAt(bytes, cut);
    }
}
