using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Socks5Egress.Relaying;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// A connection inside TLS, over whichever leg carries it. A close-notify is its FIN; an end below without one is a fault of its own
/// (<see cref="LegFault.Truncated"/>), since anybody on the way can make a FIN.
/// </summary>
internal sealed class TlsLeg : ILeg
{
    /// <summary>The longest TLS record.</summary>
    private const int Record = 16 * 1024;

    private static readonly StreamPipeReaderOptions InputOptions = new(bufferSize: Record, useZeroByteReads: true, leaveOpen: true);

    private readonly ILeg _raw;
    private readonly SslStream _tls;

    /// <param name="raw">The connection below.</param>
    /// <param name="tls">Over <paramref name="wire"/>, its handshake done.</param>
    /// <param name="wire">The stream over <paramref name="raw"/>.</param>
    /// <param name="gate">The one that <paramref name="wire"/> has.</param>
    public TlsLeg(ILeg raw, SslStream tls, TlsWire wire, DecryptionGate gate)
    {
        (_raw, _tls) = (raw, tls);
        var payload = new TlsPayload(tls, wire, raw, gate);
        Input = PipeReader.Create(payload, InputOptions);
        Output = PipeWriter.Create(payload, new StreamPipeWriterOptions(minimumBufferSize: Record));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public IPEndPoint LocalEndPoint => _raw.LocalEndPoint;

    public IPEndPoint RemoteEndPoint => _raw.RemoteEndPoint;

    public PipeScheduler Scheduler => _raw.Scheduler;

    public long Unacknowledged => _raw.Unacknowledged;

    public IAsyncDisposable WatchReset(CancellationTokenSource onReset) => _raw.WatchReset(onReset);

    public Task<RelayEnd>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop) => null;

    public void KeepAlive(TimeSpan idle) => _raw.KeepAlive(idle);

    public void CheckPeer(TimeSpan limit, Action<object> vanished, object state) => _raw.CheckPeer(limit, vanished, state);

    public void Abort() => _raw.Abort();

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        await _raw.DisposeAsync();
    }
}
