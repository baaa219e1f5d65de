using System.Buffers;
using System.IO.Pipelines;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>
/// One side of a session during its first flight. Bytes stay in the leg's input until they are consumed, so that whatever is left goes first in the relay.
/// </summary>
/// <param name="leg">The connection.</param>
internal sealed class FlightSide(ILeg leg)
{
    private Task<ReadResult>? _reading;
    private ReadResult _held;
    private bool _holds;

    public ILeg Leg => leg;

    /// <summary>What has come and is not consumed; empty while a read is under way.</summary>
    public ReadOnlySequence<byte> Bytes => _holds ? _held.Buffer : default;

    /// <summary>The peer has sent FIN.</summary>
    public bool HasEnded => _holds && _held.IsCompleted;

    /// <summary>The connection is broken so; null: it is not.</summary>
    public LegFault? Fault { get; private set; }

    /// <summary>Begins to wait for more than there is, unless it waits already or nothing more can come.</summary>
    /// <returns>Completed when there is news; <see cref="TakeNews"/> takes it.</returns>
    public Task<ReadResult> MoreAsync()
    {
        if (_reading is not null) return _reading;
        if (_holds) leg.Input.AdvanceTo(_held.Buffer.Start, _held.Buffer.End);
        _holds = false;
        return _reading = ReadAsync();
    }

    /// <summary>Takes what a completed read brought.</summary>
    /// <returns>False while it is under way.</returns>
    public bool TakeNews()
    {
        if (_reading is not { IsCompleted: true } reading) return false;
        _reading = null;
        if (reading.IsFaulted || reading.IsCanceled) return true;
        (_held, _holds) = (reading.Result, true);
        return true;
    }

    /// <summary>Ends a read that is under way; afterwards <see cref="Bytes"/> is everything that has come.</summary>
    public async ValueTask SettleAsync()
    {
        if (_reading is not { } reading) return;
        if (!reading.IsCompleted) leg.Input.CancelPendingRead();
        await reading;
        TakeNews();
    }

    /// <summary>Takes bytes off the front.</summary>
    public void Consume(long count)
    {
        if (!_holds) return;
        leg.Input.AdvanceTo(_held.Buffer.GetPosition(count));
        _holds = false;
    }

    /// <summary>Gives the input back, with everything that was not consumed, unread.</summary>
    public void Leave() => Consume(0);

    private async Task<ReadResult> ReadAsync()
    {
        try
        {
            return await leg.Input.ReadAsync();
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            Fault = fault;
            return default;
        }
    }
}
