namespace Socks5Egress.Relaying;

/// <summary>
/// What has flowed in one session. Written by the thread that relays a direction, read by anyone: each field has
/// one writer, and a reader may see it a moment late. Times are timestamps of the gateway's <see cref="TimeProvider"/>; 0 is never.
/// </summary>
internal sealed class Traffic
{
    private long _bytesUp, _bytesDown, _firstUp, _firstDown, _lastUp, _lastDown;
    private int _finUp, _finDown;

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

    /// <summary>The client has sent FIN, and it was passed on.</summary>
    public bool FinUp => Volatile.Read(ref _finUp) != 0;

    /// <summary>The target has sent FIN, and it was passed on.</summary>
    public bool FinDown => Volatile.Read(ref _finDown) != 0;

    public void Up(int bytes, long now)
    {
        if (_firstUp == 0) Volatile.Write(ref _firstUp, now);
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _bytesUp, _bytesUp + bytes);
    }

    public void Down(int bytes, long now)
    {
        if (_firstDown == 0) Volatile.Write(ref _firstDown, now);
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _bytesDown, _bytesDown + bytes);
    }

    /// <summary>A FIN restarts the silence that the half-close timeout measures.</summary>
    public void ClosedUp(long now)
    {
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _finUp, 1);
    }

    /// <inheritdoc cref="ClosedUp"/>
    public void ClosedDown(long now)
    {
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _finDown, 1);
    }
}
