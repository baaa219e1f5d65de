using System.Buffers;
using Socks5Egress.Relaying;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One way of a relay. Bytes are received into the loop's buffer and sent on from there; only what the other side does not take is
/// copied into a buffer of its own, and until that is gone nothing more is received. An idle or flowing direction owns no memory.
/// </summary>
internal sealed class RelayDirection(EpollRelay relay, EpollLeg from, EpollLeg to, bool isUp)
{
    // Then the other sessions of the loop have their turn
    private const int BytesPerTurn = 512 * 1024;

    private byte[]? _held;
    private int _heldStart, _heldEnd;
    private bool _waitsForTurn;

    /// <summary>FIN has come, and was passed on.</summary>
    public bool Ended { get; private set; }

    /// <summary>There are bytes that the other side has not taken.</summary>
    public bool Holds => _held is not null;

    /// <summary>Carries on until there is nothing to receive, the other side takes no more, or <paramref name="budget"/> bytes are through.</summary>
    public void Run(int budget = BytesPerTurn)
    {
        if (_waitsForTurn && budget == BytesPerTurn) return;
        while (!Ended && !relay.HasEnded && SendHeld())
        {
            if (budget <= 0)
            {
                WaitForTurn();
                return;
            }

            if (!TryCopy(ref budget)) return;
        }
    }

    /// <summary>Sends, and holds what is not taken. What is held already goes first.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        if (!Holds && to.TrySend(bytes, out sent, out var error))
        {
            if (error != 0)
            {
                relay.Fail(to, error);
                return;
            }

            Count(sent);
        }

        if (sent < bytes.Length) Hold(bytes[sent..]);
    }

    /// <summary>Gives back whatever it owns.</summary>
    public void Release()
    {
        if (_held is null) return;
        ArrayPool<byte>.Shared.Return(_held);
        _held = null;
    }

    private bool TryCopy(ref int budget)
    {
        var buffer = from.Loop.Buffer;
        if (!from.TryReceive(buffer, out var count, out var error)) return false;
        if (error != 0)
        {
            relay.Fail(from, error);
            return false;
        }

        if (count == 0)
        {
            PassFin();
            return false;
        }

        budget -= count;
        Send(buffer.AsSpan(0, count));
        return true;
    }

    private bool SendHeld()
    {
        if (_held is null) return true;
        if (!to.TrySend(_held.AsSpan(_heldStart.._heldEnd), out var sent, out var error)) return false;
        if (error != 0)
        {
            relay.Fail(to, error);
            return false;
        }

        Count(sent);
        _heldStart += sent;
        if (_heldStart < _heldEnd) return false;
        Release();
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
        to.SendFin();
        if (isUp) relay.Traffic.ClosedUp(from.Loop.Now);
        else relay.Traffic.ClosedDown(from.Loop.Now);
        relay.OnFin(this);
    }

    private void Count(int bytes)
    {
        if (isUp) relay.Traffic.Up(bytes, from.Loop.Now);
        else relay.Traffic.Down(bytes, from.Loop.Now);
    }

    private void WaitForTurn()
    {
        _waitsForTurn = true;
        from.Loop.Post(
            static s =>
            {
                var direction = (RelayDirection)s!;
                direction._waitsForTurn = false;
                direction.Run();
            },
            this);
    }
}
