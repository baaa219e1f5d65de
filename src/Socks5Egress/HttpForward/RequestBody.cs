using System.Net;

namespace Socks5Egress.HttpForward;

/// <summary>A request's content on its way: passed on as it comes, so that what a client streams reaches the origin at once.</summary>
/// <param name="body">What Kestrel reads.</param>
/// <param name="length">Its length in bytes; null when it comes in chunks, and leaves so.</param>
internal sealed class RequestBody(Stream body, long? length) : HttpContent
{
    private const int BufferSize = 16 * 1024;

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (length == 0) return;
        var buffer = new byte[BufferSize];
        while (true)
        {
            // The head does not wait for a client that takes its time: an origin may have an answer to it already
            var reading = body.ReadAsync(buffer, cancellationToken);
            if (!reading.IsCompleted) await stream.FlushAsync(cancellationToken);
            var count = await reading;
            if (count == 0) break;
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
        await stream.FlushAsync(cancellationToken);
    }
}
