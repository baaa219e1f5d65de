namespace Socks5Egress.Hosting.Configuration;

/// <summary>Every deadline of the gateway. <see cref="TimeSpan.Zero"/> is off, except for the two of the drain, where it is "at once".</summary>
internal sealed record TimeoutSettings
{
    /// <summary>From accept to a whole request; absolute: a byte does not restart it. Default 10 s.</summary>
    public required TimeSpan Handshake { get; init; }

    /// <summary>Look-up and every address together. Default 10 s.</summary>
    public required TimeSpan Connect { get; init; }

    /// <summary>Silence in both directions. Default off: keepalive finds the dead.</summary>
    public required TimeSpan Idle { get; init; }

    /// <summary>Silence in the direction that is still open, once the other is closed. Default 30 s.</summary>
    public required TimeSpan HalfClose { get; init; }

    /// <summary>How long connections are still accepted after the signal, while readiness is red. Default 500 ms.</summary>
    public required TimeSpan DrainDelay { get; init; }

    /// <summary>How long sessions may go on after that. Default 30 s.</summary>
    public required TimeSpan Drain { get; init; }
}
