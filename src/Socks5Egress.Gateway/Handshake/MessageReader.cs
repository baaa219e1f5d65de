using System.Buffers;
using System.IO.Pipelines;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Detection;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>Reads one message from the beginning of the bytes.</summary>
internal delegate Parsed<T> MessageReader<T>(in ReadOnlySequence<byte> buffer)
    where T : struct;

/// <summary>What the pump got.</summary>
/// <param name="Status"><see cref="ParseStatus.NeedMore"/> here means: the input ended before the message did.</param>
/// <param name="Value">What was taken from the message.</param>
/// <param name="Fault">Why the bytes are no message.</param>
/// <param name="Empty">The input ended without a byte of this message.</param>
internal readonly record struct MessageResult<T>(ParseStatus Status, T Value, ParseFault Fault, bool Empty);

/// <summary>
/// The one loop that waits for bytes of a message. It advances to the end of the message and not further, so that bytes behind a request
/// reach the target.
/// </summary>
internal static class MessageReader
{
    /// <summary>Waits for one whole message.</summary>
    /// <param name="input">The client's bytes.</param>
    /// <param name="read">The message's reader.</param>
    /// <param name="take">Takes what is kept of the message while its bytes are still there: a message may be slices of the buffer.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask<MessageResult<TKept>> ReadAsync<T, TKept>(
        PipeReader input, MessageReader<T> read, Func<T, TKept> take, CancellationToken cancellation)
        where T : struct
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellation);
            var buffer = result.Buffer;
            var parsed = read(buffer);
            switch (parsed.Status)
            {
                case ParseStatus.Done:
                    var kept = take(parsed.Value);
                    input.AdvanceTo(parsed.Consumed);
                    return new MessageResult<TKept>(ParseStatus.Done, kept, ParseFault.None, false);
                case ParseStatus.Invalid:
                    input.AdvanceTo(buffer.Start);
                    return new MessageResult<TKept>(ParseStatus.Invalid, default!, parsed.Fault, false);
            }
            var empty = buffer.IsEmpty;
            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) return new MessageResult<TKept>(ParseStatus.NeedMore, default!, ParseFault.None, empty);
        }
    }

    /// <summary>
    /// Sends the answers that were written, unless the next message is there already: its own answer then goes with them, in one write.
    /// </summary>
    /// <param name="leg">The client.</param>
    /// <param name="read">The next message's reader.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask FlushUnlessPipelinedAsync<T>(ILeg leg, MessageReader<T> read, CancellationToken cancellation)
        where T : struct
    {
        if (leg.Input.TryRead(out var ready))
        {
            var isWhole = read(ready.Buffer).Status != ParseStatus.NeedMore;
            leg.Input.AdvanceTo(ready.Buffer.Start);
            if (isWhole) return;
        }
        await leg.Output.FlushAsync(cancellation);
    }

    /// <summary>Waits until the first bytes tell the protocol, and leaves them there.</summary>
    /// <returns>
    /// <see cref="SniffedProtocol.NeedMore"/> when the input ended before that, and whether it ended without a byte. A reset before the first
    /// byte is such an end: many a health check closes like that.
    /// </returns>
    public static async ValueTask<(SniffedProtocol Protocol, bool Silent)> SniffAsync(PipeReader input, CancellationToken cancellation)
    {
        var seen = false;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync(cancellation);
            }
            catch (Exception exception) when (!seen && LegFaults.TryTranslate(exception, out var fault) && fault == LegFault.Reset)
            {
                return (SniffedProtocol.NeedMore, true);
            }
            seen = true;
            var protocol = ProtocolSniffer.Sniff(result.Buffer);
            var silent = result.Buffer.IsEmpty;
            input.AdvanceTo(result.Buffer.Start, protocol == SniffedProtocol.NeedMore ? result.Buffer.End : result.Buffer.Start);
            if (protocol != SniffedProtocol.NeedMore || result.IsCompleted) return (protocol, silent);
        }
    }
}
