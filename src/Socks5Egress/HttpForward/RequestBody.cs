using System.IO.Pipelines;
using System.Net;

namespace Socks5Egress.HttpForward;

/// <summary>A request's content on its way: passed on as it comes, so that what a client streams reaches the origin at once.</summary>
/// <param name="body">What Kestrel reads; null for a request that has none.</param>
/// <param name="length">Its length in bytes; null when it comes in chunks, and leaves so.</param>
internal sealed class RequestBody(PipeReader? body, long? length) : HttpContent
{
    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (body is null || length == 0) return;
        while (true)
        {
            if (!body.TryRead(out var read))
            {
                // Head and pieces do not wait for a client that takes its time
                await stream.FlushAsync(cancellationToken);
                read = await body.ReadAsync(cancellationToken);
            }
            foreach (var segment in read.Buffer) await stream.WriteAsync(segment, cancellationToken);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        await stream.FlushAsync(cancellationToken);
    }
}
