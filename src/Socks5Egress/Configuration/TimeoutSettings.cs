namespace Socks5Egress.Configuration;

/// <summary>Every deadline of the gateway. <see cref="TimeSpan.Zero"/> is off, except for the two of the drain, where it is "at once".</summary>
internal sealed record TimeoutSettings
{
    private static readonly Setting<TimeSpan> HandshakeSetting = new("Timeouts:Handshake", "--handshake-timeout", "DURATION", "10s",
        "From accept to a whole request; a byte does not restart it", DurationParser.Parse);

    private static readonly Setting<TimeSpan> WarmSetting = new("Timeouts:Warm", "--warm-timeout", "DURATION", "5m",
        "How long a logged-in connection may wait for its request; 0: the handshake timeout holds for it", DurationParser.Parse);

    private static readonly Setting<TimeSpan> ConnectSetting = new("Timeouts:Connect", "--connect-timeout", "DURATION", "10s",
        "Look-up and every address together, one deadline", DurationParser.Parse);

    private static readonly Setting<TimeSpan> IdleSetting = new("Timeouts:Idle", "--idle-timeout", "DURATION", "0",
        "Silence in both directions that ends a session; 0: never, keepalive finds the dead", DurationParser.Parse);

    private static readonly Setting<TimeSpan> HalfCloseSetting = new("Timeouts:HalfClose", "--half-close-timeout", "DURATION", "1h",
        "Silence in the direction that is still open, once the other is closed", DurationParser.Parse);

    private static readonly Setting<TimeSpan> DrainDelaySetting = new("Timeouts:DrainDelay", "--drain-delay", "DURATION", "500ms",
        "How long to go on accepting after SIGTERM, while readiness is red", DurationParser.Parse);

    private static readonly Setting<TimeSpan> DrainSetting = new("Timeouts:Drain", "--drain-timeout", "DURATION", "30s",
        "How long sessions may go on after that", DurationParser.Parse);

    public static SettingGroup Group { get; } = new("Timeouts (a number with ms, s, m or h; 0 is off)",
        [HandshakeSetting, WarmSetting, ConnectSetting, IdleSetting, HalfCloseSetting, DrainDelaySetting, DrainSetting]);

    /// <summary>From accept to a whole request; absolute: a byte does not restart it. Default 10 s.</summary>
    public required TimeSpan Handshake { get; init; }

    /// <summary>How long a logged-in connection may wait for its request; 0: as long as any other. Default 5 min.</summary>
    public required TimeSpan Warm { get; init; }

    /// <summary>Look-up and every address together. Default 10 s.</summary>
    public required TimeSpan Connect { get; init; }

    /// <summary>Silence in both directions. Default off: keepalive finds the dead.</summary>
    public required TimeSpan Idle { get; init; }

    /// <summary>Silence in the direction that is still open, once the other is closed. Default 1 h: a dump or a long answer may be silent for minutes.</summary>
    public required TimeSpan HalfClose { get; init; }

    /// <summary>How long connections are still accepted after the signal, while readiness is red. Default 500 ms.</summary>
    public required TimeSpan DrainDelay { get; init; }

    /// <summary>How long sessions may go on after that. Default 30 s.</summary>
    public required TimeSpan Drain { get; init; }

    public static TimeoutSettings Read(SettingsReader reader) => new()
    {
        Handshake = reader.Read(HandshakeSetting),
        Warm = reader.Read(WarmSetting),
        Connect = reader.Read(ConnectSetting),
        Idle = reader.Read(IdleSetting),
        HalfClose = reader.Read(HalfCloseSetting),
        DrainDelay = reader.Read(DrainDelaySetting),
        Drain = reader.Read(DrainSetting),
    };
}
