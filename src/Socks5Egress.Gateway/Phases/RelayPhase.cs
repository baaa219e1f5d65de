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
    // It knows all that the phase knows: kept once, since a session may be in this phase for weeks
    private readonly SilenceWatch _silence = new(client, target, traffic, timeouts, time.GetTimestamp(), time);

    public SessionPhase Name => SessionPhase.Relaying;

    public bool IsUnhurried => true;

    public void CheckDeadline(long now, Action<EndReason> end) => _silence.Judge(now, end);

    public void CheckPeers(long now, Action<EndReason> end) => PeerCheck.Run(_silence.Client, _silence.Target, _silence.Traffic, now, _silence.Time, end);

    public void CloseIfIdle(long now)
    {
        if (!DrainSchedule.IsIdle(_silence.Traffic, _silence.Began, now, _silence.Time)) return;
        // On the thread of the relay nothing can flow between the judgement and the end
        _silence.Client.Scheduler.Schedule(static phase => ((RelayPhase)phase!).CloseIfStillIdle(), this);
    }

    private void CloseIfStillIdle() => DrainSchedule.EndIfIdle(_silence.Client, _silence.Target!, _silence.Traffic, _silence.Began, _silence.Time);
}
