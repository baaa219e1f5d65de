using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;

namespace Socks5Egress.Tests.Transport;

/// <summary>A listener that nobody comes to.</summary>
internal sealed class MemoryAcceptor(IPEndPoint local, Action<MemoryAcceptor> closed) : IAcceptor
{
    public IPEndPoint LocalEndPoint => local;

    public async ValueTask<Accepted> AcceptAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new Accepted(null, SocketError.OperationAborted);
    }

    public ValueTask DisposeAsync()
    {
        closed(this);
        return default;
    }
}
