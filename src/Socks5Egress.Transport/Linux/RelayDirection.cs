using System.Buffers;
using System.Net.Sockets;
using Socks5Egress.Transport.Relay;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One way of a relay. Bytes are received into the loop's buffer and sent on from there; only what the other side does not take is
/// copied into a buffer of its own, and until that is gone nothing more is received. An idle or flowing direction owns no memory.
/// </summary>
/// <remarks>
/// A direction that keeps filling the buffer goes over to <c>splice(2)</c>, and comes back when it no longer brings much at a time. Full
/// reads are what tells bulk: a long-lived session of small messages has moved many bytes too, and would only lose by the extra calls.
/// Inside TLS each receive is decrypted, or sealed into records as long as may be, on its way to the send.
/// </remarks>
internal sealed class RelayDirection(EpollRelay relay, EpollLeg from, EpollLeg to, TlsRecords? records, bool isUp)
{
    // What the TLS library says by itself, to a client that makes it say more and takes nothing, is bounded by not reading on
    private const int MaxHeldAnswers = 128 * 1024;

    // Full reads in a row that start the splicing, and small pieces that end it
    private const int Persistence = 4;

    private const int SmallPiece = 16 * 1024;

    private byte[]? _held;
    private SplicePipe? _pipe;
    private int _heldStart, _heldEnd;
    private int _heldPayload;
    private byte _bulk;
    private bool _splices, _finishing;

    /// <summary>FIN has come, behind the last byte that was passed on.</summary>
    public bool Ended { get; private set; }

    /// <summary>There are bytes that the other side has not taken.</summary>
    public bool Holds => _held is not null || _pipe is { Length: > 0 };

    /// <summary>Nothing is held, and nothing more can come or waits to be received.</summary>
    public bool HasNothing => !Holds && (Ended || from.HasNothing) && (records is null || !isUp || !records.HasUnread);

    /// <summary>So much is held that nothing should be added by reading from the other side.</summary>
    public bool IsFull => _heldEnd - _heldStart > MaxHeldAnswers;

    /// <summary>Carries on until there is nothing to receive, the other side takes no more, or the leg has had its share of the turn.</summary>
    public void Run()
    {
        while (!Ended && !relay.HasEnded && SendHeld())
        {
            if (_finishing)
            {
                PassFin();
                return;
            }

            if (isUp && relay.IsFull) return;
            _splices &= !from.HadUrgent;
            if (!(_splices ? TrySplice() : TryCopy())) return;
        }
    }

    /// <summary>Passes on what was received.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        if (!isUp) relay.Traffic.SaidDown(bytes);
        if (!isUp && relay.Traffic.Answer is not null)
        {
            relay.Traffic.SeeAnswer(bytes);
            if (relay.HasEnded) return;
        }
        if (records is null) Send(bytes);
        else if (isUp) Open(bytes);
        else Seal(bytes, close: false);
    }

    /// <summary>Sends, and holds what is not taken. What is held already goes first.</summary>
    public void Send(ReadOnlySpan<byte> bytes) => Send(bytes, bytes.Length);

    /// <inheritdoc cref="Send(ReadOnlySpan{byte})"/>
    public void Send(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes) Send(segment.Span);
    }

    /// <summary>Sends what the TLS library says by itself.</summary>
    public void SendAnswers() => Seal([], close: false);

    /// <summary>To a client inside TLS: nothing more will come.</summary>
    public void SendCloseNotify()
    {
        if (records is not null && !isUp && !Ended) Seal([], close: true);
    }

    /// <summary>Passes the FIN on.</summary>
    public void SendFin() => to.SendFin();

    /// <summary>Gives back whatever it owns.</summary>
    public void Release()
    {
        if (_held is not null) ArrayPool<byte>.Shared.Return(_held);
        if (_pipe is not null) from.Loop.Pipes.Return(_pipe);
        (_held, _pipe, _heldStart, _heldEnd) = (null, null, 0, 0);
    }

    private bool TryCopy()
    {
        var buffer = from.Loop.Buffer;
        if (!Received(from.TryReceive(buffer, out var count, out var error), count, error)) return false;
        if (records is null)
        {
            _bulk = count == buffer.Length ? (byte)(_bulk + 1) : (byte)0;
            _splices = _bulk == Persistence && from.Loop.Options.Splice;
        }

        Take(buffer.AsSpan(0, count));
        return true;
    }

    private void Open(ReadOnlySpan<byte> bytes)
    {
        var payload = from.Loop.Records;
        var state = RecordState.Open;
        var count = payload.Length;
        while (state == RecordState.Open && count == payload.Length && !relay.HasEnded)
        {
            state = records!.Open(ref bytes, payload, out count);
            Send(payload.AsSpan(0, count));
        }

        if (relay.HasEnded) return;
        if (records!.HasAnswers) relay.SendAnswers();
        if (state == RecordState.Ended) Finish();
        else if (state == RecordState.Failed) relay.FailRecords(RelayClose.ClientReset);
    }

    private void Seal(ReadOnlySpan<byte> payload, bool close)
    {
        var sealing = from.Loop.Records;
        var count = records!.Seal(payload, sealing, close);
        if (count >= 0) Send(sealing.AsSpan(0, count), payload.Length);
        else relay.FailRecords(RelayClose.ClientReset);
    }

    // Payload is what counts as traffic: sealed, it is less than what is sent
    private void Send(ReadOnlySpan<byte> bytes, int payload)
    {
        if (bytes.IsEmpty) return;
        if (isUp) relay.Traffic.SaidUp(bytes);
        var sent = 0;
        if (!Holds && to.TrySend(bytes, out sent, out var error))
        {
            if (error != SocketError.Success)
            {
                relay.Fail(to, error);
                return;
            }

            if (sent == bytes.Length)
            {
                Count(payload);
                return;
            }
        }

        var taken = (int)((long)payload * sent / bytes.Length);
        Count(taken);
        _heldPayload += payload - taken;
        Hold(bytes[sent..]);
    }

    private bool TrySplice()
    {
        _pipe ??= from.Loop.Pipes.Rent();
        if (_pipe is null)
        {
            (_splices, _bulk) = (false, 0);
            return true;
        }

        if (!Received(from.TryReceive(_pipe, long.MaxValue, out var count, out var error), count, error))
        {
            Release();
            return false;
        }

        if (!isUp) relay.Traffic.SaidDownUnseen();
        _bulk = count > SmallPiece ? (byte)Persistence : (byte)(_bulk - 1);
        _splices = _bulk > 0;
        return true;
    }

    private bool Received(bool any, int count, SocketError error)
    {
        if (!any) return false;
        if (error != SocketError.Success) relay.Fail(from, error);
        else if (count == 0 && records is not null && isUp) relay.FailRecords(RelayClose.ClientTruncated);
        else if (count == 0) Finish();
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

            CountHeld(sent);
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
        var length = before.Length + bytes.Length;
        Release();
        (_held, _heldStart, _heldEnd) = (buffer, 0, length);
    }

    // The end is passed on when the other side has taken what came before, close-notify included
    private void Finish()
    {
        _finishing = true;
        SendCloseNotify();
        if (!Holds && !relay.HasEnded) PassFin();
    }

    private void PassFin()
    {
        Ended = true;
        if (isUp) relay.Traffic.ClosedUp(from.Loop.Now);
        else relay.Traffic.ClosedDown(from.Loop.Now);
        relay.OnFin(this);
    }

    private void CountHeld(int sent)
    {
        if (_held is null || records is null)
        {
            Count(sent);
            return;
        }

        var taken = (int)((long)_heldPayload * sent / (_heldEnd - _heldStart));
        _heldPayload -= taken;
        Count(taken);
    }

    private void Count(int bytes)
    {
        if (bytes == 0) return;
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
