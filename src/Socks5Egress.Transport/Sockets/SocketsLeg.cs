using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;
using Socks5Egress.Transport.Linux;
using Socks5Egress.Transport.Relay;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// A connection of the .NET engine. Its pipes come from a <see cref="SocketConnection"/> made when they are first asked for:
/// a target that is only relayed stays a bare socket, and costs neither pipe nor second copy.
/// </summary>
internal sealed class SocketsLeg : ILeg
{
    private readonly SegmentPool _pool = new();
    private readonly TimeProvider _time;
    private SocketConnection? _connection;
    private FairReader? _input;
    private FairWriter? _output;
    private EngineBudget _receives;
    private volatile RelayState? _ending;
    private AckWatch _acks;
    private volatile bool _closed;

    public SocketsLeg(Socket socket, TimeProvider time)
    {
        Socket = socket;
        _time = time;
        LocalEndPoint = Unmapped((IPEndPoint)socket.LocalEndPoint!);
        RemoteEndPoint = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
    }

    public IPEndPoint LocalEndPoint { get; }

    public IPEndPoint RemoteEndPoint { get; }

    public IPEndPoint DialedEndPoint => SocketOptions.OriginalDestination(Socket, RemoteEndPoint.AddressFamily) ?? LocalEndPoint;

    public PipeScheduler Scheduler => PipeScheduler.Inline;

    public PipeScheduler Elsewhere => PipeScheduler.ThreadPool;

    public bool IsGone => SocketOptions.IsClosed(Socket);

    public bool HasInput
    {
        get
        {
            try
            {
                return Socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
            {
                return true;
            }
        }
    }

    public PipeReader Input => _input ??= new FairReader(Connection.Input, this);

    public PipeWriter Output => _output ??= new FairWriter(Connection.Output, this);

    internal Socket Socket { get; }

    /// <summary>This end has closed it.</summary>
    internal bool IsClosed => _closed;

    /// <summary>One of the package's loops has ended, or this end has closed it.</summary>
    internal bool HasEnded => _closed || _connection is { ShutdownKind: not PipeShutdownKind.None };

    private SocketConnection Connection => _connection ??= SocketConnection.Create(
        Socket,
        sendPipeOptions: Options(pause: 1, resume: 1), // a flush ends when the kernel has the bytes: nothing is queued behind a close
        receivePipeOptions: Options(pause: 1, resume: 1), // nothing is received before the last is examined: the reader's budget holds for the package's loop, too
        SocketConnectionOptions.ZeroLengthReads | SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites);

    public IAsyncDisposable WatchReset(CancellationTokenSource onReset) => new ResetWatch(Input, onReset);

    public Task<RelayOutcome>? TryRelay(ILeg target, Traffic traffic, CancellationToken stop)
    {
        if (target is not SocketsLeg raw) return null;
        _pool.Bulk();
        _ending = new RelayState(this, raw, traffic);
        if (raw._connection is not null)
        {
            // Somebody has read or written it before, such as a first flight: what its pipes hold goes through them
            raw._pool.Bulk();
            return PipeRelay.RunAsync(this, raw, traffic, _time, _ending, stop);
        }
        return SocketsRelay.RunAsync(this, raw, traffic, _time, _ending, stop);
    }

    public Task<RelayOutcome>? TryRelayInside(TlsLeg client, ILeg target, Traffic traffic, CancellationToken stop)
    {
        if (target is not SocketsLeg raw) return null;
        _pool.Bulk();
        raw._pool.Bulk();
        _ending = new RelayState(client, target, traffic);
        return PipeRelay.RunAsync(client, target, traffic, _time, _ending, stop);
    }

    /// <summary>Without the pipes: waits until there is something to receive, and for the leg's turn; holds no buffer meanwhile.</summary>
    internal ValueTask<int> WaitAsync(CancellationToken stop = default) =>
        _receives.IsSpent ? WaitForTurnAsync(stop) : Socket.ReceiveAsync(Memory<byte>.Empty, stop);

    /// <summary>Receives what <see cref="WaitAsync"/> has waited for.</summary>
    internal ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken stop = default)
    {
        var receiving = Socket.ReceiveAsync(buffer, stop);
        if (!receiving.IsCompletedSuccessfully) return receiving;
        var received = receiving.Result;
        _receives.Spend(received);
        return new ValueTask<int>(received);
    }

    public Task<Carried>? TryCarry(ILeg to, long count, RelaySide source, Traffic traffic, CancellationToken stop)
    {
        if (to is not SocketsLeg raw) return null;
        raw._pool.Bulk();
        return SocketsCarry.RunAsync(this, raw, count, source, traffic, _time, stop);
    }

    public void ExpectBulk() => _pool.Bulk();

    public void KeepAlive(TimeSpan idle)
    {
        try
        {
            Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)idle.TotalSeconds);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // Already broken, which the next read or write says better
        }
    }

    public void Pace(long bitsPerSecond)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            Socket.SetRawSocketOption(Libc.SolSocket, Libc.SoMaxPacingRate, BitConverter.GetBytes(TcpSocket.PaceOf(bitsPerSecond)));
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // Already broken, which the next read or write says better
        }
    }

    public long Unacknowledged => SocketOptions.Unacknowledged(Socket);

    public SilentEnd TryEndSilent(ILeg target, long flowed, byte cause)
    {
        if (target is not SocketsLeg raw || _ending is not { } ending) return SilentEnd.Unable;
        try
        {
            if (Socket.Available > 0 || raw.Socket.Available > 0 || !ending.TryEndSilent(flowed, cause)) return SilentEnd.Busy;
            // Both directions read their end now, or bytes that they may not pass on any more
            Socket.Shutdown(SocketShutdown.Receive);
            raw.Socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // It ended by itself meanwhile
        }
        return SilentEnd.Done;
    }

    public void CheckPeer(TimeSpan limit, Action<object> vanished, object state)
    {
        if (SocketOptions.TryReadInfo(Socket, out var info) && _acks.HasVanished(info, _time.GetTimestamp(), limit, _time)) vanished(state);
    }

    public void Abort()
    {
        _closed = true;
        // Close(0) sends RST; setting the linger option and disposing sends FIN (the connection shuts the socket down first)
        Socket.Close(0);
        _connection?.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _closed = true;
        if (_connection is not null)
        {
            _connection.Output.Complete();
            _connection.Input.Complete();
            _connection.Dispose();
        }
        Socket.Dispose();
        return default;
    }

    private async ValueTask<int> WaitForTurnAsync(CancellationToken stop)
    {
        await _receives.Renew();
        return await Socket.ReceiveAsync(Memory<byte>.Empty, stop);
    }

    private PipeOptions Options(long pause, long resume) => new(
        _pool, PipeScheduler.Inline, PipeScheduler.Inline, pause, resume, minimumSegmentSize: 4096, useSynchronizationContext: false);

    private static IPEndPoint Unmapped(IPEndPoint endpoint) =>
        endpoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port) : endpoint;
}
