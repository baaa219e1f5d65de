using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>An HTTP connection serves requests: its own phases have the deadlines.</summary>
internal sealed class ServingPhase(HttpProxyConnection connection, CommandContext context) : IPhase
{
    public SessionPhase Name => SessionPhase.Relaying;

    public void CheckDeadline(long now, Action<EndReason> end) => connection.CheckDeadlines(now, end);

    public void CheckPeers(long now, Action<EndReason> end)
    {
        if (PeerCheck.Run(context.Client, null, context.Report.Traffic, now, context.Services.Time, end)) connection.CheckOrigin();
    }
}
