using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A listening socket. It accepts only while somebody asks, so a caller that backs off leaves connections in the
/// kernel's queue. Edge-triggered with a flag, like every other socket: a level-triggered one that nobody
/// asks would wake the loop for ever.
/// </summary>
internal sealed class EpollAcceptor : LoopSocket, IAcceptor, IValueTaskSource<Accepted>
{
    // Then the sessions that were begun get their turn
    private const int AcceptsPerTurn = 16;

    private readonly EpollTransport _transport;
    private readonly bool _anyAddress;
    private ManualResetValueTaskSourceCore<Accepted> _core;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private bool _ready, _asked, _accepting, _closed, _full;

    public EpollAcceptor(EpollTransport transport, EventLoop loop, int descriptor)
        : base(loop, descriptor)
    {
        _transport = transport;
        LocalEndPoint = TcpSocket.LocalEndPoint(descriptor);
        _anyAddress = LocalEndPoint.Address.Equals(IPAddress.Any) || LocalEndPoint.Address.Equals(IPAddress.IPv6Any);
        loop.Schedule(static s => ((EpollAcceptor)s!).Attach(), this);
    }

    public IPEndPoint LocalEndPoint { get; }

    public ValueTask<Accepted> AcceptAsync(CancellationToken cancellation)
    {
        _core.Reset();
        _cancellation = cancellation;
        Loop.Schedule(static s => ((EpollAcceptor)s!).Ask(), this);
        return new ValueTask<Accepted>(this, _core.Version);
    }

    public override void OnReady(SocketReadiness readiness)
    {
        _ready = true;
        Accept();
    }

    public override void GiveUp() => Close();

    public ValueTask DisposeAsync()
    {
        Loop.Schedule(static s => ((EpollAcceptor)s!).Close(), this);
        return ValueTask.CompletedTask;
    }

    private void Attach()
    {
        if (Loop.Attach(this) != 0) Close();
    }

    private void Ask()
    {
        if (_closed)
        {
            _core.SetResult(Nothing);
            return;
        }

        _asked = true;
        _registration = _cancellation.UnsafeRegister(
            static s => ((EpollAcceptor)s!).Loop.Schedule(static s => ((EpollAcceptor)s!).AcceptLast(), s), this);
        if ((_ready || _full) && !_accepting) Loop.Post(static s => ((EpollAcceptor)s!).Accept(), this);
    }

    // An answer runs the caller, who asks again before it returns
    private void Accept()
    {
        if (_accepting) return;
        _accepting = true;
        for (var left = AcceptsPerTurn; left > 0 && _asked && (_ready || _full); left--) AcceptOne();
        _accepting = false;
        if (_asked && _ready) Loop.Post(static s => ((EpollAcceptor)s!).Accept(), this);
    }

    private void AcceptOne()
    {
        // Told even while no client waits: whether there is room is what the asker wants to know
        if (_full && (_full = !HasRoom()))
        {
            Answer(new Accepted(null, SocketError.TooManyOpenSockets));
            return;
        }

        if (!_ready) return;
        var fd = TcpSocket.Accept(Descriptor, out var remote);
        if (fd >= 0)
        {
            _full = !Loop.Options.Reserve.LeavesRoom(fd);
            var local = _anyAddress ? TcpSocket.LocalEndPoint(fd) : LocalEndPoint;
            Answer(new Accepted(EpollLeg.Accepted(_transport.LeastLoaded(Loop), fd, local, remote!), SocketError.Success));
            return;
        }

        switch (Errno.Last)
        {
            case Errno.TryAgain:
                _ready = false;
                break;
            case Errno.Interrupted or Errno.ConnectionAborted:
                break;
            case var errno:
                Answer(new Accepted(null, Errno.ToSocketError(errno)));
                break;
        }
    }

    private bool HasRoom()
    {
        var probe = TcpSocket.Open(LocalEndPoint.AddressFamily);
        if (probe >= 0) Libc.Close(probe);
        return probe >= 0 && Loop.Options.Reserve.LeavesRoom(probe);
    }

    private void Answer(Accepted accepted)
    {
        Settle();
        _core.SetResult(accepted);
    }

    // Cancelled: what already waits in the kernel's queue is still handed out
    private void AcceptLast()
    {
        if (!_asked || !_cancellation.IsCancellationRequested) return;
        _ready = true;
        while (_asked && _ready) AcceptOne();
        if (_asked) Answer(Nothing);
    }

    private void Settle()
    {
        _asked = false;
        _registration.Unregister();
        _cancellation = default;
    }

    private void Close()
    {
        if (_closed) return;
        _closed = true;
        _ready = false;
        Loop.Detach(this);
        if (_asked) Answer(Nothing);
    }

    private static Accepted Nothing => new(null, SocketError.OperationAborted);

    Accepted IValueTaskSource<Accepted>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Accepted>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Accepted>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
