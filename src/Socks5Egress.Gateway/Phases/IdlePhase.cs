using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Phases;

/// <summary>A phase that lasts as long as something flows.</summary>
/// <param name="name">Which.</param>
/// <param name="timeouts">How long it may be silent.</param>
/// <param name="traffic">What has flowed.</param>
/// <param name="time">The clock. The phase begins now.</param>
internal sealed class IdlePhase(SessionPhase name, IdleTimeouts timeouts, Traffic traffic, TimeProvider time) : IPhase
{
    private readonly long _began = time.GetTimestamp();

    public SessionPhase Name => name;

    public void CheckDeadline(long now, Action<EndReason> end)
    {
        var reason = timeouts.Judge(traffic, _began, now, time);
        if (reason != EndReason.None) end(reason);
    }
}
