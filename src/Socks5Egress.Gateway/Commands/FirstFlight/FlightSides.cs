using System.Buffers;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>Both sides of a session during its first flight: waits for either, passes bytes on and counts them, and ends as a relay does.</summary>
/// <param name="client">The client.</param>
/// <param name="target">The target.</param>
/// <param name="traffic">Counts and times.</param>
/// <param name="time">The clock.</param>
internal sealed class FlightSides(ILeg client, ILeg target, Traffic traffic, TimeProvider time)
{
    private volatile FlightWake _wake;
    private EndReason _idleEnd = EndReason.DrainIdle;

    public FlightSide Client { get; } = new(client);

    public FlightSide Target { get; } = new(target);

    /// <summary>How it ended; null while it goes on.</summary>
    public CommandEnd? End { get; private set; }

    /// <summary>It is to stop waiting.</summary>
    public FlightWake Woken => _wake;

    /// <summary>Wakes it. Any thread.</summary>
    public void Wake(FlightWake why)
    {
        _wake = why;
        client.Scheduler.Schedule(static leg => ((ILeg)leg!).Input.CancelPendingRead(), client);
    }

    /// <summary>It is due: ends it in order, unless somebody has spoken.</summary>
    public void EndIdle(EndReason reason)
    {
        _idleEnd = reason;
        Wake(FlightWake.Idle);
    }

    /// <summary>The session was ended: both sides are reset.</summary>
    public void Stop()
    {
        client.Abort();
        target.Abort();
    }

    /// <summary>Waits until either side has sent more, or has ended, or somebody wakes it.</summary>
    /// <returns>False when the session is over, as <see cref="End"/> says.</returns>
    public async ValueTask<bool> NextAsync()
    {
        // A client that has spoken already needs no look at the target, whose input may stay untouched
        var clientsNews = Client.HasEnded ? null : Client.MoreAsync();
        if (clientsNews?.IsCompleted != true)
        {
            var targetsNews = Target.MoreAsync();
            if (clientsNews is null) await targetsNews;
            else await Task.WhenAny(clientsNews, targetsNews);
        }
        Client.TakeNews();
        Target.TakeNews();
        if (Client.Fault is { } broken) return Break(broken.OfClient(), target);
        if (Target.Fault is { } gone) return Break(gone.OfTarget(), client);
        if (_wake == FlightWake.Idle && (!Client.Bytes.IsEmpty || !Target.Bytes.IsEmpty)) (_wake, _idleEnd) = (FlightWake.None, EndReason.DrainIdle);
        if (_wake == FlightWake.Idle)
        {
            End = CommandEnd.Done(_idleEnd);
            return false;
        }
        return true;
    }

    /// <summary>Waits so long for the client alone.</summary>
    public async ValueTask WaitForClientAsync(TimeSpan limit)
    {
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(Client.MoreAsync(), Task.Delay(limit, time, enough.Token));
        await enough.CancelAsync();
        Client.TakeNews();
    }

    /// <summary>Passes bytes from the front of one side on to the other.</summary>
    /// <returns>False when the other side is broken.</returns>
    public async ValueTask<bool> PassAsync(RelaySide from, long count)
    {
        var (source, to) = from == RelaySide.Client ? (Client, target) : (Target, client);
        var now = time.GetTimestamp();
        foreach (var segment in source.Bytes.Slice(0, count)) to.Output.Write(segment.Span);
        source.Consume(count);
        if (from == RelaySide.Client) traffic.HeardUp((int)count);
        else traffic.HeardDown((int)count);
        if (!await FlushAsync(to, from == RelaySide.Client)) return false;
        if (from == RelaySide.Client) traffic.Up((int)count, now);
        else traffic.Down((int)count, now);
        return true;
    }

    /// <summary>Sends the client bytes of the gateway's own.</summary>
    /// <returns>False when the client is gone.</returns>
    public async ValueTask<bool> AnswerAsync(ReadOnlyMemory<byte> bytes)
    {
        var now = time.GetTimestamp();
        client.Output.Write(bytes.Span);
        traffic.HeardDown(bytes.Length);
        if (!await FlushAsync(client, isTarget: false)) return false;
        traffic.Down(bytes.Length, now);
        return true;
    }

    /// <summary>Everything that was read and not passed on is unread again.</summary>
    public async ValueTask LeaveAsync()
    {
        await Client.SettleAsync();
        await Target.SettleAsync();
        Client.Leave();
        Target.Leave();
    }

    private async ValueTask<bool> FlushAsync(ILeg to, bool isTarget)
    {
        LegFault fault;
        try
        {
            if (!(await to.Output.FlushAsync()).IsCompleted) return true;
            fault = LegFault.Reset;
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out fault))
        {
        }
        return isTarget ? Break(fault.OfTarget(), client) : Break(fault.OfClient(), target);
    }

    private bool Break(EndReason reason, ILeg other)
    {
        other.Abort();
        End = CommandEnd.Done(reason);
        return false;
    }
}
