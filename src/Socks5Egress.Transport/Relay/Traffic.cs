using System.Buffers.Binary;

namespace Socks5Egress.Transport.Relay;

/// <summary>
/// What has flowed in one session. Written by the thread that relays a direction, read by anyone, who may see it a moment late. Times are
/// timestamps of the gateway's <see cref="TimeProvider"/>; 0 is never.
/// </summary>
internal sealed class Traffic
{
    private long _bytesUp, _bytesDown, _firstUp, _firstDown, _lastUp, _lastDown, _finUp, _finDown;
    private long _upBeforeDown, _firstDownBytes, _downBefore, _lastTurn, _downSince;
    private long _progressed;
    private ulong _downEnd, _upBegin;
    private int _turns, _upBegan;

    /// <summary>Bytes the target's kernel has taken.</summary>
    public long BytesUp => Volatile.Read(ref _bytesUp);

    /// <summary>Bytes the client's kernel has taken.</summary>
    public long BytesDown => Volatile.Read(ref _bytesDown);

    public long FirstUp => Volatile.Read(ref _firstUp);

    public long FirstDown => Volatile.Read(ref _firstDown);

    /// <summary>When bytes last flowed from client to target.</summary>
    public long LastUp => Volatile.Read(ref _lastUp);

    /// <summary>When bytes last flowed from target to client.</summary>
    public long LastDown => Volatile.Read(ref _lastDown);

    /// <summary>Bytes both ways.</summary>
    public long Flowed => BytesUp + BytesDown;

    /// <summary>When a peer was last seen to acknowledge what its kernel had taken earlier.</summary>
    public long LastProgress => Volatile.Read(ref _progressed);

    /// <summary>When the client's FIN was passed on.</summary>
    public long FinUp => Volatile.Read(ref _finUp);

    /// <summary>When the target's FIN was passed on.</summary>
    public long FinDown => Volatile.Read(ref _finDown);

    /// <summary>Who said how much in which order, for the words of the log: not exact when both speak at once.</summary>
    public TrafficShape Flow => new(BytesUp, BytesDown, Volatile.Read(ref _upBeforeDown), Volatile.Read(ref _firstDownBytes),
        Volatile.Read(ref _downBefore), Volatile.Read(ref _lastTurn), Volatile.Read(ref _downSince), Volatile.Read(ref _turns));

    /// <summary>Sees the target's first bytes, and is gone when it has seen enough; null: nobody looks.</summary>
    public IAnswerWatch? Answer { get; set; }

    /// <summary>Shows the target's bytes to who watches for its answer.</summary>
    public void SeeAnswer(ReadOnlySpan<byte> bytes)
    {
        if (Answer is { } watch && !watch.See(bytes)) Answer = null;
    }

    /// <summary>
    /// The client has said something. Told before it is passed on: the answer may be carried back on another thread before this one goes on,
    /// and must come behind it.
    /// </summary>
    public void HeardUp(int bytes)
    {
        if (bytes == 0) return;
        if (_downSince > 0 || _turns == 0)
        {
            Volatile.Write(ref _turns, _turns + 1);
            Volatile.Write(ref _downBefore, _downSince);
            Volatile.Write(ref _lastTurn, 0);
            Volatile.Write(ref _downSince, 0);
        }
        Volatile.Write(ref _lastTurn, _lastTurn + bytes);
    }

    /// <summary>The target has said something; told before it is passed on.</summary>
    public void HeardDown(int bytes)
    {
        if (bytes == 0) return;
        if (_firstDownBytes == 0)
        {
            Volatile.Write(ref _upBeforeDown, Volatile.Read(ref _lastTurn));
            Volatile.Write(ref _firstDownBytes, bytes);
        }
        Volatile.Write(ref _downSince, _downSince + bytes);
    }

    /// <summary>The last 8 bytes that the target has said, the last one in the lowest place; zeros where they were not looked at.</summary>
    public ulong DownEnd => Volatile.Read(ref _downEnd);

    /// <summary>The target has said these bytes.</summary>
    public void SaidDown(ReadOnlySpan<byte> bytes)
    {
        var end = _downEnd;
        if (bytes.Length >= sizeof(ulong)) end = BinaryPrimitives.ReadUInt64BigEndian(bytes[^sizeof(ulong)..]);
        else foreach (var value in bytes) end = (end << 8) | value;
        Volatile.Write(ref _downEnd, end);
    }

    /// <summary>The target has said something that went past.</summary>
    public void SaidDownUnseen() => Volatile.Write(ref _downEnd, 0);

    /// <summary>
    /// The first 8 bytes that the client has said, the first one in the highest place; zero until there are 8. Those of PostgreSQL's questions for encryption are
    /// left out: what follows one counts.
    /// </summary>
    public ulong UpBegin => Volatile.Read(ref _upBegan) == sizeof(ulong) ? Volatile.Read(ref _upBegin) : 0;

    /// <summary>The client has said these bytes.</summary>
    public void SaidUp(ReadOnlySpan<byte> bytes)
    {
        const ulong sslRequest = 0x00_00_00_08_04_D2_16_2F, gssRequest = 0x00_00_00_08_04_D2_16_30;
        if (_upBegan == sizeof(ulong)) return;
        foreach (var value in bytes)
        {
            Volatile.Write(ref _upBegin, (_upBegin << 8) | value);
            Volatile.Write(ref _upBegan, _upBegan + 1);
            if (_upBegan < sizeof(ulong)) continue;
            if (_upBegin is not (sslRequest or gssRequest)) return;
            Volatile.Write(ref _upBegan, 0);
        }
    }

    /// <summary>The target's kernel has taken bytes.</summary>
    public void Up(int bytes, long now)
    {
        if (bytes == 0) return;
        if (_firstUp == 0) Volatile.Write(ref _firstUp, now);
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _bytesUp, _bytesUp + bytes);
    }

    /// <summary>The client's kernel has taken bytes.</summary>
    public void Down(int bytes, long now)
    {
        if (bytes == 0) return;
        if (_firstDown == 0) Volatile.Write(ref _firstDown, now);
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _bytesDown, _bytesDown + bytes);
    }

    /// <summary>Nothing was taken, but a peer acknowledges what was.</summary>
    public void Progressed(long now) => Volatile.Write(ref _progressed, now);

    /// <summary>The connections are reset with so much that no peer has acknowledged: it is not counted. A FIN that was passed on counts as a byte there.</summary>
    public void Undelivered(long up, long down)
    {
        Volatile.Write(ref _bytesUp, Delivered(_bytesUp, up, FinUp));
        Volatile.Write(ref _bytesDown, Delivered(_bytesDown, down, FinDown));
    }

    /// <summary>The client's FIN was passed on.</summary>
    public void ClosedUp(long now) => Volatile.Write(ref _finUp, now);

    /// <summary>The target's FIN was passed on.</summary>
    public void ClosedDown(long now) => Volatile.Write(ref _finDown, now);

    private static long Delivered(long taken, long queued, long fin) => Math.Max(0, taken - (queued > 0 && fin != 0 ? queued - 1 : queued));
}
