using System.Net;
using System.Net.Sockets;
using Socks5Egress.Supervision;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// Event loops on epoll, one a core, that own each socket from accept or connect to close. A connection costs a few
/// small objects and no buffer while it is idle; two legs of one loop are relayed without pipes.
/// </summary>
internal sealed class EpollTransport : ITransport
{
    private const int Backlog = 4096;

    private readonly EventLoop[] _loops;
    private int _disposed;

    /// <param name="options">Loops and splice.</param>
    /// <param name="time">The clock of <see cref="Relaying.Traffic"/>.</param>
    /// <param name="report">Told of exceptions that a callback on a loop let out. Must not block.</param>
    public EpollTransport(EpollOptions options, TimeProvider time, Action<Exception> report)
    {
        _loops = new EventLoop[options.Loops];
        for (var i = 0; i < _loops.Length; i++) _loops[i] = new EventLoop($"epoll {i}", options, time, report);
    }

    public string Name => "epoll";

    public bool IsTurning => Array.TrueForAll(_loops, static loop => loop.IsTurning);

    public IAcceptor Listen(IPEndPoint endpoint)
    {
        var fd = TcpSocket.Open(endpoint.AddressFamily);
        if (fd < 0) throw LastError();
        try
        {
            TcpSocket.Set(fd, Libc.SolSocket, Libc.SoReuseAddress, 1);
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                TcpSocket.Set(fd, Libc.SolIpv6, Libc.Ipv6Only, endpoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1);
            TcpSocket.Tune(fd);
            if (!_loops[0].Options.Reserve.MayServe(fd)) throw new SocketException((int)SocketError.TooManyOpenSockets);
            if (TcpSocket.Bind(fd, endpoint.Address, endpoint.Port) < 0 || Libc.Listen(fd, Backlog) < 0) throw LastError();
            return new EpollAcceptor(this, LeastLoaded(_loops[0]), fd);
        }
        catch
        {
            Libc.Close(fd);
            throw;
        }
    }

    public ValueTask<Connected> ConnectAsync(IPEndPoint remote, IPAddress? source, ILeg? beside, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return new(new Connected(null, SocketError.OperationAborted));
        var loop = beside?.Raw is EpollLeg leg ? leg.Loop : LeastLoaded(_loops[0]);
        var fd = TcpSocket.Open(remote.AddressFamily);
        if (fd < 0) return new(new Connected(null, Errno.ToSocketError(Errno.Last)));
        if (!loop.Options.Reserve.MayServe(fd))
        {
            Libc.Close(fd);
            return new(new Connected(null, SocketError.TooManyOpenSockets));
        }

        TcpSocket.Tune(fd);
        return new EpollConnect(loop, fd, remote).ConnectAsync(source, cancellation);
    }

    /// <summary>The loop with the fewest open legs; among equals <paramref name="preferred"/>, which spares waking another thread.</summary>
    public EventLoop LeastLoaded(EventLoop preferred)
    {
        var least = preferred;
        foreach (var loop in _loops)
            if (loop.Legs < least.Legs) least = loop;
        return least;
    }

    /// <summary>Closes every socket and ends the threads. Not to be awaited on a loop's own thread.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await Supervisor.OnThreadAsync("transport stop", () =>
        {
            Array.ForEach(_loops, static loop => loop.Stop());
            return Task.CompletedTask;
        });
    }

    private static SocketException LastError()
    {
        var errno = Errno.Last;
        return new SocketException((int)Errno.ToSocketError(errno));
    }
}
