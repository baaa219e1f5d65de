using System.Net;
using Socks5Egress.Gateway.Listening;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.Bind;

/// <summary>
/// Waits for one peer on a port of its own, by the accept loop that listeners have. Strangers are reset. The peer's port is any: the server
/// of an FTP session comes from 20, not from the 21 that it is known by.
/// </summary>
internal sealed class ExpectedPeer(SessionServices stages, IAcceptor acceptor, IReadOnlyList<IPAddress> expected)
{
    private readonly TaskCompletionSource<ILeg?> _peer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The peer; null when <paramref name="cancellation"/> came first. The port is closed either way.</summary>
    public async ValueTask<ILeg?> AcceptAsync(CancellationToken cancellation)
    {
        // Not disposed: a peer may cancel it in the moment in which the waiting ends otherwise
        var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await new AcceptLoop(acceptor, leg => Begin(leg, done), stages.Logger, stages.Time).RunAsync(done.Token);
        // One that still waits to be looked at is a stranger now
        _peer.TrySetResult(null);
        return await _peer.Task;
    }

    private void Begin(ILeg leg, CancellationTokenSource done)
    {
        if (expected.Contains(AddressLiteral.Canonical(leg.RemoteEndPoint.Address)) && _peer.TrySetResult(leg))
        {
            stages.Supervisor.Cancel("bind", done);
            return;
        }
        leg.Abort();
        stages.Supervisor.Run("bind", () => leg.DisposeAsync().AsTask());
    }
}
