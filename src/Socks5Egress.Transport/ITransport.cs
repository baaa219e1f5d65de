using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Transport;

/// <summary>What carries the connections. Two: the .NET socket engine everywhere, epoll loops on Linux.</summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>The name that <c>--transport</c> has for it.</summary>
    string Name { get; }

    /// <summary>Its threads come round: none of them has been busy with one thing for 10 s. Asking is what makes them answer.</summary>
    bool IsTurning => true;

    /// <summary>Binds and listens, with a backlog of 4,096 (the kernel caps it at <c>somaxconn</c>).</summary>
    /// <param name="endpoint">Port 0 picks one; <c>[::]</c> is dual-stack.</param>
    /// <exception cref="SocketException">The address cannot be had; the caller says which option named it.</exception>
    IAcceptor Listen(IPEndPoint endpoint);

    /// <summary>Connects to exactly this endpoint. Every failure is a value.</summary>
    /// <param name="remote">A judged address.</param>
    /// <param name="source">The egress address to leave from, or null for the system's choice.</param>
    /// <param name="beside">A leg whose thread should own the new one too, so that the two can be relayed; or null.</param>
    /// <param name="cancellation">Closes the attempt at once; the result is <see cref="SocketError.OperationAborted"/>.</param>
    ValueTask<Connected> ConnectAsync(IPEndPoint remote, IPAddress? source, ILeg? beside, CancellationToken cancellation);
}

/// <summary>One listening socket.</summary>
internal interface IAcceptor : IAsyncDisposable
{
    /// <summary>Where it really listens.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>
    /// The next connection, or why there is none. The leg belongs to a thread of its own (<see cref="ILeg.Scheduler"/>):
    /// begin its work there. One caller at a time.
    /// </summary>
    /// <param name="cancellation">
    /// Stops the waiting. Once cancelled, the acceptor still hands out what already waits in the kernel's queue (closing a listener
    /// resets those), then answers <see cref="SocketError.OperationAborted"/>.
    /// </param>
    ValueTask<Accepted> AcceptAsync(CancellationToken cancellation);
}

/// <param name="Leg">The connection, or null.</param>
/// <param name="Error"><see cref="SocketError.Success"/> when there is one.</param>
internal readonly record struct Connected(ILeg? Leg, SocketError Error);

/// <param name="Leg">The connection, or null.</param>
/// <param name="Error"><see cref="SocketError.Success"/> when there is one.</param>
internal readonly record struct Accepted(ILeg? Leg, SocketError Error);
