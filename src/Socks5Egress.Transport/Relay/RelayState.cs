using System.Net.Sockets;

namespace Socks5Egress.Transport.Relay;

/// <summary>The side of a session.</summary>
internal enum RelaySide : byte
{
    Client,
    Target,
}

/// <summary>
/// The end that the two directions of a relay share. The first reason wins; a broken side breaks the other at once, so that
/// a reset is passed on as a reset and never as a clean end.
/// </summary>
internal sealed class RelayState(ILeg client, ILeg target, Traffic traffic)
{
    private readonly Lock _lock = new();
    private RelayOutcome _end;
    private bool _broken, _silent;
    private volatile bool _writesUp, _writesDown;

    /// <summary>How it ended; meaningful when both directions are done.</summary>
    public RelayOutcome End
    {
        get
        {
            lock (_lock) return _end;
        }
    }

    /// <summary>What <paramref name="source"/> has said is being passed on, until <see cref="Written"/>.</summary>
    /// <returns>False: it came as the relay was ended for its silence, and is not passed on. Its sender is told by a reset.</returns>
    public bool Writes(RelaySide source)
    {
        lock (_lock)
        {
            if (!_silent)
            {
                SetWrites(source, true);
                return true;
            }
        }
        (source == RelaySide.Client ? client : target).Abort();
        return false;
    }

    /// <summary>It was taken, and is counted. Not called when the call has failed.</summary>
    public void Written(RelaySide source) => SetWrites(source, false);

    /// <summary>The end of what <paramref name="source"/> says was read. Called before it is passed on: the other side may answer with its own at once.</summary>
    /// <exception cref="SocketException">
    /// It is a reset. The kernel tells an error once: when a write to that side has taken it, a read behind it finds an end that looks like a FIN,
    /// perhaps before the writer has come to say what it met.
    /// </exception>
    public void Fin(RelaySide source)
    {
        var isClient = source == RelaySide.Client;
        if (isClient ? _writesDown && client.IsGone : _writesUp && target.IsGone) throw new SocketException((int)SocketError.ConnectionReset);
        lock (_lock)
        {
            if (_end.Close == RelayClose.Stopped && !_broken) _end = new RelayOutcome(isClient ? RelayClose.ClientFin : RelayClose.TargetFin, SocketError.Success);
        }
    }

    /// <summary>A side broke: worse than a FIN seen before it, so it replaces that.</summary>
    public void Broken(RelaySide side, LegFault fault, Exception cause)
    {
        lock (_lock)
        {
            if (_broken || _silent) return;
            _broken = true;
            _end = new RelayOutcome(Reason(side, fault), (cause as SocketException ?? cause.InnerException as SocketException)?.SocketErrorCode ?? SocketError.ConnectionReset);
        }
        Abort();
    }

    /// <summary>Nothing is passed on from here, unless something is just now, or has been since <paramref name="flowed"/>.</summary>
    public bool TryEndSilent(long flowed, byte cause)
    {
        lock (_lock)
        {
            if (_broken || _silent || _writesUp || _writesDown || traffic.Flowed != flowed) return false;
            _silent = true;
            _end = new RelayOutcome(RelayClose.Silent, SocketError.Success, cause);
            return true;
        }
    }

    /// <summary>The caller ends it.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_broken) return;
            _broken = true;
            _end = default;
        }
        Abort();
    }

    private static RelayClose Reason(RelaySide side, LegFault fault) => (side, fault) switch
    {
        (RelaySide.Client, LegFault.TimedOut) => RelayClose.ClientTimedOut,
        (RelaySide.Client, LegFault.Truncated) => RelayClose.ClientTruncated,
        (RelaySide.Client, _) => RelayClose.ClientReset,
        (_, LegFault.TimedOut) => RelayClose.TargetTimedOut,
        _ => RelayClose.TargetReset,
    };

    private void SetWrites(RelaySide source, bool writes)
    {
        if (source == RelaySide.Client) _writesUp = writes;
        else _writesDown = writes;
    }

    private void Abort()
    {
        // A reset drops what is queued
        traffic.Undelivered(target.Unacknowledged, client.Unacknowledged);
        client.Abort();
        target.Abort();
    }
}
