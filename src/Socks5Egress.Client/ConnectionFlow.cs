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

    /// <summary>What the target had said last before <see cref="LastTurn"/>.</summary>
    public long DownBefore { get; private set; }

    /// <summary>What the client sent when it last took its turn to speak.</summary>
    public long LastTurn { get; private set; }

    /// <summary>What the target has said to that.</summary>
    public long DownSince { get; private set; }

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
                if (DownSince > 0 || Turns == 0) (Turns, DownBefore, LastTurn, DownSince) = (Turns + 1, DownSince, 0, 0);
                (BytesUp, LastTurn) = (BytesUp + bytes, LastTurn + bytes);
                return;
            }
            if (BytesDown == 0) (UpBeforeDown, FirstDownBytes) = (BytesUp, bytes);
            (BytesDown, DownSince) = (BytesDown + bytes, DownSince + bytes);
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
