using System.Net.Sockets;

namespace Socks5Egress.Transport.Linux;

// The calls that move bytes, each within its share of a turn of the loop.
internal sealed partial class EpollLeg
{
    /// <summary>
    /// Receives into <paramref name="buffer"/>. False: nothing is there now, or the leg has had its share of this turn of the loop, and
    /// <see cref="OnReady"/> follows. Else <paramref name="count"/> bytes (0: FIN) or an error.
    /// A short receive means that the socket is empty, and saves the call that would say so; but not once FIN, an error or urgent data
    /// (at whose mark a receive stops) has been told.
    /// </summary>
    public bool TryReceive(Span<byte> buffer, out int count, out SocketError error)
    {
        (count, error) = (0, SocketError.Success);
        if (!Readable || Closed) return Closed && Refused(out error);
        if (!MayGoOn(ref _receives)) return false;
        if (buffer.IsEmpty) return true;
        count = TcpSocket.Receive(Descriptor, buffer);
        _receives.Spend(count);
        if (count > 0 && count < buffer.Length && !_shortTellsNothing) Readable = false;
        return Received(ref count, out error);
    }

    /// <summary>As <see cref="TryReceive"/>, into an empty kernel pipe; there only the next call tells whether the socket is empty.</summary>
    public bool TryReceive(SplicePipe pipe, long most, out int count, out SocketError error)
    {
        (count, error) = (0, SocketError.Success);
        if (!Readable || Closed) return Closed && Refused(out error);
        if (!MayGoOn(ref _receives)) return false;
        count = pipe.Fill(Descriptor, most);
        _receives.Spend(count);
        return Received(ref count, out error);
    }

    /// <summary>Sends what the kernel takes at once. False: nothing now, or not in this turn of the loop. Else <paramref name="count"/> bytes or an error.</summary>
    public bool TrySend(ReadOnlySpan<byte> bytes, out int count, out SocketError error)
    {
        (count, error) = (0, SocketError.Success);
        if (!Writable || Closed) return Closed && Refused(out error);
        if (!MayGoOn(ref _sends)) return false;
        count = TcpSocket.Send(Descriptor, bytes);
        _sends.Spend(count);
        return Sent(ref count, bytes.Length, out error);
    }

    /// <summary>
    /// As <see cref="TrySend(ReadOnlySpan{byte}, out int, out SocketError)"/>, what is in a kernel pipe. splice(2) may move less than
    /// there is room for: only the next call tells whether the socket is full.
    /// </summary>
    public bool TrySend(SplicePipe pipe, out int count, out SocketError error)
    {
        (count, error) = (0, SocketError.Success);
        if (!Writable || Closed) return Closed && Refused(out error);
        if (!MayGoOn(ref _sends)) return false;
        count = pipe.Drain(Descriptor);
        _sends.Spend(count);
        return Sent(ref count, count, out error);
    }

    /// <summary>The error behind <see cref="Broken"/>, for when no call has met it.</summary>
    public SocketError TakeError()
    {
        var error = Errno.ToSocketError(TcpSocket.TakeError(Descriptor));
        return _fault = error == SocketError.Success ? SocketError.ConnectionReset : error;
    }

    private bool MayGoOn(ref LegBudget budget)
    {
        if (budget.IsLeft(Loop.Turn)) return true;
        if (_awaitsTurn) return false;
        _awaitsTurn = true;
        Loop.Post(static s => ((EpollLeg)s!).GoOn(), this);
        return false;
    }

    private static bool Refused(out SocketError error)
    {
        error = SocketError.OperationAborted;
        return true;
    }

    private bool Received(ref int count, out SocketError error)
    {
        error = SocketError.Success;
        if (count > 0) return true;
        // An error is given once, then the socket reads as if a FIN had come
        if (count == 0) error = _fault;
        else if (!Failed(ref count, out error)) Readable = false;
        return Readable;
    }

    private bool Sent(ref int count, int length, out SocketError error)
    {
        error = SocketError.Success;
        if (count >= 0) Writable = count == length;
        else if (!Failed(ref count, out error)) return Writable = false;
        return true;
    }

    private bool Failed(ref int count, out SocketError error)
    {
        count = 0;
        var errno = Errno.Last;
        error = Errno.ToSocketError(errno);
        if (errno == Errno.TryAgain)
        {
            error = SocketError.Success;
            return false;
        }

        _fault = error;
        return true;
    }
}
