namespace Socks5Egress.Client;

/// <summary>What flowed over one forwarded connection and who ended it: for the words of a log. Never the bytes.</summary>
internal sealed class ConnectionFlow
{
    private readonly Lock _lock = new();

    public long BytesUp { get; private set; }

    public long BytesDown { get; private set; }

    /// <summary>What the client had sent when the target's first bytes came.</summary>
    public long UpBeforeDown { get; private set; }

    /// <summary>The length of the target's first piece.</summary>
    public long FirstDownBytes { get; private set; }

    /// <summary>What the client has sent behind the target's last bytes.</summary>
    public long UpSinceDown { get; private set; }

    /// <summary>How often the client took its turn to speak.</summary>
    public int Turns { get; private set; }

    /// <summary>Who ended it first, or null when nobody has.</summary>
    public ConnectionSide? EndedBy { get; private set; }

    /// <summary>It was ended by a reset.</summary>
    public bool WasReset { get; private set; }

    public void Passed(ConnectionSide from, int bytes)
    {
        lock (_lock)
        {
            if (from == ConnectionSide.Client)
            {
                if (UpSinceDown == 0) Turns++;
                (BytesUp, UpSinceDown) = (BytesUp + bytes, UpSinceDown + bytes);
                return;
            }
            if (BytesDown == 0) (UpBeforeDown, FirstDownBytes) = (BytesUp, bytes);
            (BytesDown, UpSinceDown) = (BytesDown + bytes, 0);
        }
    }

    /// <summary>A side closed its direction or broke. The first one counts.</summary>
    public void Ended(ConnectionSide by, bool reset)
    {
        lock (_lock)
        {
            if (EndedBy is not null) return;
            (EndedBy, WasReset) = (by, reset);
        }
    }
}

/// <summary>The side of a forwarded connection.</summary>
internal enum ConnectionSide
{
    /// <summary>The local program.</summary>
    Client,

    /// <summary>What lies behind the gateway, the gateway included.</summary>
    Target,
}
