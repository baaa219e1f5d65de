using System.IO.Pipelines;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// A connection to an origin. While it is parked a read waits on it: whatever comes then, a byte, an end or a reset, belongs to no request, and the
/// connection is closed. The read that has waited becomes the first one of the next answer, so that there is no moment at which nobody looks.
/// </summary>
/// <param name="leg">The connection.</param>
/// <param name="place">Its place under the destination's ceiling.</param>
/// <param name="destination">What it was dialled for.</param>
/// <param name="judgement">How that was judged.</param>
/// <param name="record">Learns of it again with each request that uses the connection.</param>
/// <param name="onClosed">Told once, on any thread.</param>
internal sealed class OriginConnection(
    ILeg leg, IDisposable? place, Destination destination, PolicyDecision judgement, ISessionReport record, Action<OriginConnection> onClosed)
{
    private const int Busy = 0, Parked = 1, Closed = 2;

    private int _state = Busy;
    private Task<ReadResult>? _watch;

    public ILeg Leg => leg;

    public Destination Destination => destination;

    /// <summary>It was given up because nothing that was sent to it is acknowledged any more.</summary>
    public bool HasVanished { get; private set; }

    /// <summary>Reads the answer.</summary>
    public ValueTask<ReadResult> ReadAsync()
    {
        if (Interlocked.Exchange(ref _watch, null) is not { } first) return leg.Input.ReadAsync();
        return first.IsCompletedSuccessfully ? new(first.Result) : new(first);
    }

    /// <summary>Begins to read the answer before anybody asks for it.</summary>
    public Task WatchAsync() => _watch ??= ReadFirstAsync();

    /// <summary>Keeps it for the next request.</summary>
    public void Park()
    {
        Interlocked.Exchange(ref _state, Parked);
        _watch ??= ReadFirstAsync();
    }

    /// <summary>Takes it for a request, unless something has come meanwhile.</summary>
    public bool TryTake()
    {
        if (Interlocked.CompareExchange(ref _state, Busy, Parked) != Parked) return false;
        if (_watch is { IsCompleted: false } && !leg.HasInput)
        {
            record.Judged(judgement, 0);
            record.Connected(leg.RemoteEndPoint, leg.LocalEndPoint);
            return true;
        }
        Close();
        return false;
    }

    /// <summary>Closes it. Any thread, any number of times.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Closed) return;
        // How a read ended that nobody waits for any more is nobody's concern
        _ = _watch?.Exception;
        // Both transports only begin the close here; nothing waits for it
        Supervisor.OfProcess.Run("close of an origin", () => leg.DisposeAsync().AsTask());
        place?.Dispose();
        onClosed(this);
    }

    /// <summary>Resets it: what was sent must not look whole.</summary>
    public void Abort()
    {
        leg.Abort();
        Close();
    }

    /// <summary>As <see cref="Abort"/>, of one that acknowledges nothing any more. Any thread.</summary>
    public void Vanish()
    {
        HasVanished = true;
        leg.Elsewhere.Schedule(static s => ((OriginConnection)s!).Abort(), this);
    }

    /// <summary>It is a relay's from here on, which closes it.</summary>
    public void HandOver()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Closed) return;
        onClosed(this);
    }

    /// <summary>Gives its place back, once the relay has ended.</summary>
    public void LeavePlace() => place?.Dispose();

    private async Task<ReadResult> ReadFirstAsync()
    {
        try
        {
            var read = await leg.Input.ReadAsync();
            if (Volatile.Read(ref _state) == Parked) CloseParked();
            return read;
        }
        catch (Exception exception) when (Volatile.Read(ref _state) != Busy && LegFaults.TryTranslate(exception, out _))
        {
            CloseParked();
            return default;
        }
    }

    private void CloseParked()
    {
        if (Interlocked.CompareExchange(ref _state, Busy, Parked) == Parked) Close();
    }
}
