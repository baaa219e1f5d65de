using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// A connection inside TLS, over whichever leg carries it. A close-notify is its FIN; an end below without one is a fault of its own
/// (<see cref="LegFault.Truncated"/>), since anybody on the way can make a FIN.
/// </summary>
internal sealed class TlsLeg : ILeg
{
    private static readonly StreamPipeReaderOptions InputOptions =
        new(bufferSize: TlsRecords.MaxPayload, useZeroByteReads: true, leaveOpen: true);

    private readonly SslStream? _tls;
    private readonly RecordPayload? _payload;

    /// <param name="raw">The connection below.</param>
    /// <param name="tls">Over <paramref name="wire"/>, its handshake done.</param>
    /// <param name="wire">The stream over <paramref name="raw"/>.</param>
    /// <param name="gate">The one that <paramref name="wire"/> has.</param>
    public TlsLeg(ILeg raw, SslStream tls, CiphertextStream wire, DecryptionGate gate)
    {
        (Raw, Records) = (raw, TlsRecords.TryTake(tls));
        _tls = Records is null ? tls : null;
        _payload = Records is null ? null : new RecordPayload(Records, raw);
        var payload = _payload ?? (Stream)new SslStreamPayload(tls, wire, raw, gate);
        Input = PipeReader.Create(payload, InputOptions);
        Output = PipeWriter.Create(payload, new StreamPipeWriterOptions(minimumBufferSize: TlsRecords.MaxPayload));
    }

    /// <summary>The records, where <c>SslStream</c> has given them up.</summary>
    public TlsRecords? Records { get; }

    public ILeg Raw { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public IPEndPoint LocalEndPoint => Raw.LocalEndPoint;

    public IPEndPoint RemoteEndPoint => Raw.RemoteEndPoint;

    public PipeScheduler Scheduler => Raw.Scheduler;

    public PipeScheduler Elsewhere => Raw.Elsewhere;

    public bool IsGone => Raw.IsGone;

    public long Unacknowledged => Raw.Unacknowledged;

    public IAsyncDisposable WatchReset(CancellationTokenSource onReset) => Raw.WatchReset(onReset);

    public Task<RelayOutcome>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop) =>
        Records is null || _payload!.HasEnded ? null : Raw.TryRelayInside(this, target, traffic, stop);

    /// <summary>Gives the pipes up for a relay that works on <see cref="Records"/>.</summary>
    /// <param name="take">Gets what was decrypted already and not consumed.</param>
    public void LeavePipes(Action<ReadOnlySequence<byte>> take)
    {
        _payload!.Detach();
        // A detached payload reads as ended, so this completes at once, with everything that was not consumed
        var buffered = Input.ReadAsync().AsTask().Result.Buffer;
        take(buffered);
        Input.AdvanceTo(buffered.End);
        Input.Complete();
        Output.Complete();
    }

    public void KeepAlive(TimeSpan idle) => Raw.KeepAlive(idle);

    public void Pace(long bitsPerSecond) => Raw.Pace(bitsPerSecond);

    public void CheckPeer(TimeSpan limit, Action<object> vanished, object state) => Raw.CheckPeer(limit, vanished, state);

    public SilentEnd TryEndSilent(ILeg target, long flowed, byte cause) =>
        // The beginning of a record is the beginning of a message
        Records?.HasUnread == true ? SilentEnd.Busy : Raw.TryEndSilent(target.Raw, flowed, cause);

    public void Abort() => Raw.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null) await _tls.DisposeAsync();
        await Raw.DisposeAsync();
        Records?.Dispose();
    }
}
