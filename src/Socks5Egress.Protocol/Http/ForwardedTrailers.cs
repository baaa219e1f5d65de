using System.Buffers;

namespace Socks5Egress.Protocol.Http;

/// <summary>Writes the end of a body in chunks: the last chunk, the trailers that may be passed on, the empty line.</summary>
internal static class ForwardedTrailers
{
    /// <summary>The room that <see cref="Write"/> needs, in bytes.</summary>
    public static int Room(in ReadOnlySequence<byte> lines) => (int)lines.Length + ConnectHead.MaxFields + 16;

    /// <summary>Writes it.</summary>
    /// <param name="destination">At least <see cref="Room"/> bytes.</param>
    /// <param name="lines">The field lines as they came.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, in ReadOnlySequence<byte> lines)
    {
        Span<byte> copy = stackalloc byte[lines.IsEmpty ? 0 : TrailerSection.MaxLength];
        lines.CopyTo(copy);
        scoped var writer = new HeadWriter(destination);
        writer.Write("0\r\n"u8);
        if (!lines.IsEmpty)
        {
            var fields = new FieldWalk(copy[..(int)lines.Length], 0, 0);
            while (fields.Next())
            {
                if (!KnownFields.IsNoTrailer(fields.Field)) writer.WriteField(fields.Name, fields.Value);
            }
        }
        writer.Write("\r\n"u8);
        return writer.Length;
    }
}
