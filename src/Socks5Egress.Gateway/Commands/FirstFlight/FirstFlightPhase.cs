using Socks5Egress.Gateway.Phases;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>Why a first flight is to stop waiting.</summary>
internal enum FlightWake : byte
{
    None,

    /// <summary>The session is idle, and is to end: the gateway is stopping, or the session is due.</summary>
    Idle,

    /// <summary>It has taken too long, where plaintext passes.</summary>
    Overdue,
}

/// <summary>
/// The first flight: until the client's first byte it is an idle session, from then on the handshake timeout holds.
/// </summary>
/// <param name="idle">What holds for a session in which nothing flows.</param>
/// <param name="traffic">What has flowed.</param>
/// <param name="limit">From the client's first byte to the end of its hello; zero is no limit.</param>
/// <param name="isEnforced">What takes longer is ended; else it is woken.</param>
/// <param name="time">The clock.</param>
/// <param name="wake">Wakes the flight, on the thread of the sweep.</param>
internal sealed class FirstFlightPhase(IPhase idle, Traffic traffic, TimeSpan limit, bool isEnforced, TimeProvider time, Action<FlightWake> wake) : IPhase
{
    private readonly long _began = time.GetTimestamp();
    private long _firstByte;

    /// <summary>The client has said something by now.</summary>
    public bool HasBegun => Volatile.Read(ref _firstByte) != 0;

    public SessionPhase Name => SessionPhase.Relaying;

    /// <summary>The client has said something.</summary>
    public void Begin()
    {
        if (!HasBegun) Volatile.Write(ref _firstByte, time.GetTimestamp());
    }

    public void CheckDeadline(long now, Action<EndReason> end)
    {
        if (Volatile.Read(ref _firstByte) is not (> 0 and var first)) idle.CheckDeadline(now, end);
        else if (limit > TimeSpan.Zero && time.GetElapsedTime(first, now) >= limit)
        {
            if (isEnforced) end(EndReason.HandshakeTimeout);
            else wake(FlightWake.Overdue);
        }
    }

    public void CheckPeers(long now, Action<EndReason> end) => idle.CheckPeers(now, end);

    public void CloseIfIdle(long now)
    {
        if (!HasBegun && DrainSchedule.IsIdle(traffic, _began, now, time)) wake(FlightWake.Idle);
    }
}
