using System.Net.Sockets;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A counted number of bytes from one leg to another of the same loop by <c>splice(2)</c>: the kernel is never asked for more than is left, so that
/// what follows stays in the socket. It is its own task, completed on the loop. See <see cref="ILeg.TryCarry"/>.
/// </summary>
internal sealed class EpollCarry : TaskCompletionSource<Carried>
{
    // So many small pieces in a row end it: they cost less through the pipes
    private const int Persistence = 4;

    private const int SmallPiece = 16 * 1024;

    private readonly EpollLeg _from, _to;
    private readonly RelaySide _source;
    private readonly Traffic _traffic;
    private readonly CancellationToken _stop;
    private readonly long _count;
    private CancellationTokenRegistration _registration;
    private SplicePipe? _pipe;
    private long _received, _sent;
    private int _patience = Persistence;
    private bool _hasEnded;

    private EpollCarry(EpollLeg from, EpollLeg to, long count, RelaySide source, Traffic traffic, CancellationToken stop)
    {
        (_from, _to, _count, _source, _traffic, _stop) = (from, to, count, source, traffic, stop);
    }

    /// <summary>Begins one, when both legs are of one loop and may be spliced.</summary>
    public static Task<Carried>? TryStart(EpollLeg from, ILeg to, long count, RelaySide source, Traffic traffic, CancellationToken stop)
    {
        if (to is not EpollLeg other || other.Loop != from.Loop || from.HadUrgent || !from.Loop.Options.Splice) return null;
        var carry = new EpollCarry(from, other, count, source, traffic, stop);
        from.Loop.Schedule(static s => ((EpollCarry)s!).Start(), carry);
        return carry.Task;
    }

    /// <summary>Carries on until nothing is there, the receiver takes no more, or a leg has had its share of the turn. On the loop's thread.</summary>
    public void Run()
    {
        while (!_hasEnded)
        {
            if (_to.Closed) End(CarryEnd.ReceiverBroke, SocketError.OperationAborted);
            else if (_from.Closed) End(CarryEnd.SenderBroke, SocketError.OperationAborted);
            else if (_pipe is { Length: > 0 } ? !TrySend(_pipe) : !TryReceive()) return;
        }
    }

    private void Start()
    {
        _from.CarryFrom(this);
        _to.CarryTo(this);
        _registration = _stop.UnsafeRegister(
            static s => ((EpollCarry)s!)._from.Loop.Schedule(static s => ((EpollCarry)s!).End(CarryEnd.Stopped, SocketError.Success), s), this);
        Run();
    }

    private bool TryReceive()
    {
        if (_received == _count)
        {
            End(CarryEnd.Whole, SocketError.Success);
            return true;
        }
        // A splice stops at an urgent byte and says that nothing is there
        var pipe = _patience == 0 || _from.HadUrgent ? null : _pipe ??= _from.Loop.Pipes.Rent();
        if (pipe is null)
        {
            End(CarryEnd.Short, SocketError.Success);
            return true;
        }
        if (!_from.TryReceive(pipe, _count - _received, out var moved, out var error))
        {
            Release();
            return false;
        }
        if (error != SocketError.Success) End(CarryEnd.SenderBroke, error);
        else if (moved == 0) End(CarryEnd.Fin, SocketError.Success);
        _received += moved;
        _patience = moved > SmallPiece ? Persistence : _patience - 1;
        return true;
    }

    private bool TrySend(SplicePipe pipe)
    {
        if (!_to.TrySend(pipe, out var moved, out SocketError error))
        {
            // Nothing is received meanwhile, so that only the event tells
            if (_source != RelaySide.Client || !_from.Broken) return false;
            End(CarryEnd.SenderBroke, _from.TakeError());
            return true;
        }
        if (error != SocketError.Success)
        {
            End(CarryEnd.ReceiverBroke, error);
            return true;
        }
        _sent += moved;
        if (_source == RelaySide.Client)
        {
            _traffic.HeardUp(moved);
            _traffic.Up(moved, _from.Loop.Now);
        }
        else
        {
            _traffic.HeardDown(moved);
            _traffic.Down(moved, _from.Loop.Now);
        }
        return true;
    }

    private void End(CarryEnd end, SocketError error)
    {
        if (_hasEnded) return;
        _hasEnded = true;
        _registration.Unregister();
        _from.CarryFrom(null);
        _to.CarryTo(null);
        Release();
        SetResult(new Carried(_sent, end, LegFaults.Of(error)));
    }

    private void Release()
    {
        if (_pipe is null) return;
        _from.Loop.Pipes.Return(_pipe);
        _pipe = null;
    }
}
