namespace Socks5Egress.Gateway.Policy;

/// <summary>What becomes of a session that does not turn to TLS in its first flight.</summary>
internal enum TlsMode : byte
{
    /// <summary>Nothing is read.</summary>
    Off,

    /// <summary>It passes, and is counted.</summary>
    Report,

    /// <summary>It is refused.</summary>
    Enforce,
}

/// <summary>What a policy or a forward asks of the first flight of a session.</summary>
/// <param name="Mode">What becomes of plaintext.</param>
/// <param name="MatchesSni">The name in the ClientHello has to be the one that the client asked for.</param>
internal readonly record struct TlsRequirement(TlsMode Mode, bool MatchesSni)
{
    /// <summary>The first flight is read.</summary>
    public bool IsOn => Mode != TlsMode.Off;
}
