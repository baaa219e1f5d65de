using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Socks5Egress.Transport.Linux;

/// <summary>A connection attempt. It owns the socket until the kernel has decided, and then hands it to a leg or closes it.</summary>
internal sealed class EpollConnect(EventLoop loop, int descriptor, IPEndPoint remote)
    : LoopSocket(loop, descriptor), IValueTaskSource<Connected>
{
    private ManualResetValueTaskSourceCore<Connected> _core;
    private IPAddress? _source;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private bool _attached, _done;

    public ValueTask<Connected> ConnectAsync(IPAddress? source, CancellationToken cancellation)
    {
        (_source, _cancellation) = (source, cancellation);
        Loop.Schedule(static s => ((EpollConnect)s!).Start(), this);
        return new ValueTask<Connected>(this, _core.Version);
    }

    public override void OnReady(SocketReadiness readiness)
    {
        if ((readiness & (SocketReadiness.Error | SocketReadiness.HangUp)) != 0)
        {
            Fail(ConnectFailure.Of(Errno.ToSocketError(TcpSocket.TakeError(Descriptor)), remote, _source));
            return;
        }

        if ((readiness & SocketReadiness.Out) == 0) return;
        var local = TcpSocket.LocalEndPoint(Descriptor);
        // Nobody listens there, the kernel chose the very port as ours, and the socket was connected to itself
        if (local.Equals(remote))
        {
            Fail(SocketError.ConnectionRefused);
            return;
        }

        Settle();
        _core.SetResult(new Connected(EpollLeg.Connected(this, local, remote, readiness), SocketError.Success));
    }

    public override void GiveUp() => Fail(SocketError.OperationAborted);

    private void Start()
    {
        if (Loop.HasEnded)
        {
            Fail(SocketError.OperationAborted);
            return;
        }

        if (_source is not null)
        {
            // The port is chosen at connect, for this destination: else 28,000 connections from one address are the end
            TcpSocket.Set(Descriptor, Libc.SolIp, Libc.IpBindAddressNoPort, 1);
            if (TcpSocket.Bind(Descriptor, _source, 0) < 0)
            {
                Fail(Errno.ToSocketError(Errno.Last));
                return;
            }
        }

        // Attached only afterwards: a socket that is not yet connecting reads as hung up
        if (TcpSocket.Connect(Descriptor, remote) < 0 && Errno.Last is var errno and not Errno.InProgress)
        {
            Fail(ConnectFailure.Of(Errno.ToSocketError(errno), remote, _source));
            return;
        }

        if (Loop.Attach(this) is var refused and not 0)
        {
            Fail(Errno.ToSocketError(refused));
            return;
        }

        _attached = true;
        _registration = _cancellation.UnsafeRegister(
            static s => ((EpollConnect)s!).Loop.Schedule(static s => ((EpollConnect)s!).Fail(SocketError.OperationAborted), s), this);
    }

    private void Fail(SocketError error)
    {
        if (_done) return;
        Discard();
        _core.SetResult(new Connected(null, error == SocketError.Success ? SocketError.ConnectionRefused : error));
    }

    private void Discard()
    {
        Settle();
        if (_attached) Loop.Detach(this);
        else Loop.CloseLater(Descriptor);
    }

    private void Settle()
    {
        _done = true;
        _registration.Unregister();
    }

    Connected IValueTaskSource<Connected>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Connected>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Connected>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
