using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Phases;

/// <summary>Bytes flow between a client and a target.</summary>
/// <param name="client">The client.</param>
/// <param name="target">The target.</param>
/// <param name="timeouts">How long both may be silent.</param>
/// <param name="traffic">What has flowed.</param>
/// <param name="time">The clock. The phase begins now.</param>
internal sealed class RelayPhase(ILeg client, ILeg target, IdleTimeouts timeouts, Traffic traffic, TimeProvider time) : IPhase
{
    private readonly long _began = time.GetTimestamp();
    private SilenceWatch? _silence;

    public SessionPhase Name => SessionPhase.Relaying;

    public void CheckDeadline(long now, Action<EndReason> end)
    {
        _silence ??= new SilenceWatch(client, target, traffic, timeouts, _began, time);
        _silence.Judge(now, end);
    }

    public void CheckPeers(long now, Action<EndReason> end) => PeerCheck.Run(client, target, traffic, now, time, end);

    public void CloseIfIdle(long now)
    {
        if (!DrainSchedule.IsIdle(traffic, _began, now, time)) return;
        // On the thread of the relay nothing can flow between the judgement and the end
        client.Scheduler.Schedule(static phase => ((RelayPhase)phase!).CloseIfStillIdle(), this);
    }

    private void CloseIfStillIdle() => DrainSchedule.EndIfIdle(client, target, traffic, _began, time);
}
