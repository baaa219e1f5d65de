using System.Buffers;
using System.Net.Sockets;
using Socks5Egress.Relaying;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One way of a relay. Bytes are received into the loop's buffer and sent on from there; only what the other side does not take is
/// copied into a buffer of its own, and until that is gone nothing more is received. An idle or flowing direction owns no memory.
/// </summary>
/// <remarks>
/// A direction that keeps filling the buffer goes over to <c>splice(2)</c>, and comes back when it no longer brings much at a time. Full
/// reads are what tells bulk: a long-lived session of small messages has moved many bytes too, and would only lose by the extra calls.
/// </remarks>
internal sealed class RelayDirection(EpollRelay relay, EpollLeg from, EpollLeg to, bool isUp)
{
    // Full reads in a row that start the splicing, and small pieces that end it
    private const int Persistence = 4;

    private const int SmallPiece = 16 * 1024;

    private byte[]? _held;
    private SplicePipe? _pipe;
    private int _heldStart, _heldEnd;
    private byte _bulk;
    private bool _splices;

    /// <summary>FIN has come, behind the last byte that was passed on.</summary>
    public bool Ended { get; private set; }

    /// <summary>There are bytes that the other side has not taken.</summary>
    public bool Holds => _held is not null || _pipe is { Length: > 0 };

    /// <summary>Nothing is held, and nothing more can come or waits to be received.</summary>
    public bool HasNothing => !Holds && (Ended || from.HasNothing);

    /// <summary>Carries on until there is nothing to receive, the other side takes no more, or the leg has had its share of the turn.</summary>
    public void Run()
    {
        while (!Ended && !relay.HasEnded && SendHeld())
        {
            _splices &= !from.HadUrgent;
            if (!(_splices ? TrySplice() : TryCopy())) return;
        }
    }

    /// <summary>Sends, and holds what is not taken. What is held already goes first.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var sent = 0;
        if (!Holds && to.TrySend(bytes, out sent, out var error))
        {
            if (error != SocketError.Success)
            {
                relay.Fail(to, error);
                return;
            }

            Count(sent);
        }

        if (sent < bytes.Length) Hold(bytes[sent..]);
    }

    /// <summary>Passes the FIN on.</summary>
    public void SendFin() => to.SendFin();

    /// <summary>Gives back whatever it owns.</summary>
    public void Release()
    {
        if (_held is not null) ArrayPool<byte>.Shared.Return(_held);
        if (_pipe is not null) from.Loop.Pipes.Return(_pipe);
        (_held, _pipe) = (null, null);
    }

    private bool TryCopy()
    {
        var buffer = from.Loop.Buffer;
        if (!Received(from.TryReceive(buffer, out var count, out var error), count, error)) return false;
        _bulk = count == buffer.Length ? (byte)(_bulk + 1) : (byte)0;
        _splices = _bulk == Persistence && from.Loop.Options.Splice;
        Send(buffer.AsSpan(0, count));
        return true;
    }

    private bool TrySplice()
    {
        _pipe ??= from.Loop.Pipes.Rent();
        if (_pipe is null)
        {
            (_splices, _bulk) = (false, 0);
            return true;
        }

        if (!Received(from.TryReceive(_pipe, out var count, out var error), count, error))
        {
            Release();
            return false;
        }

        _bulk = count > SmallPiece ? (byte)Persistence : (byte)(_bulk - 1);
        _splices = _bulk > 0;
        return true;
    }

    private bool Received(bool any, int count, SocketError error)
    {
        if (!any) return false;
        if (error != SocketError.Success) relay.Fail(from, error);
        else if (count == 0) PassFin();
        return count > 0;
    }

    /// <summary>Whether nothing is held any more.</summary>
    private bool SendHeld()
    {
        if (!Holds) return true;
        while (Holds)
        {
            int sent;
            SocketError error;
            if (!(_held is null
                ? to.TrySend(_pipe!, out sent, out error)
                : to.TrySend(_held.AsSpan(_heldStart.._heldEnd), out sent, out error)))
                return false;
            if (error != SocketError.Success)
            {
                relay.Fail(to, error);
                return false;
            }

            Count(sent);
            if (_held is not null && (_heldStart += sent) == _heldEnd) Release();
        }

        if (!_splices) Release();
        return true;
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        var before = _held is null ? [] : _held.AsSpan(_heldStart.._heldEnd);
        var buffer = ArrayPool<byte>.Shared.Rent(before.Length + bytes.Length);
        before.CopyTo(buffer);
        bytes.CopyTo(buffer.AsSpan(before.Length));
        (_heldStart, _heldEnd) = (0, before.Length + bytes.Length);
        Release();
        _held = buffer;
    }

    private void PassFin()
    {
        Ended = true;
        if (isUp) relay.Traffic.ClosedUp(from.Loop.Now);
        else relay.Traffic.ClosedDown(from.Loop.Now);
        relay.OnFin(this);
    }

    private void Count(int bytes)
    {
        // Both at once: on one thread no answer can come between
        if (isUp)
        {
            relay.Traffic.HeardUp(bytes);
            relay.Traffic.Up(bytes, from.Loop.Now);
            return;
        }
        relay.Traffic.HeardDown(bytes);
        relay.Traffic.Down(bytes, from.Loop.Now);
    }
}
