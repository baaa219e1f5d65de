namespace Socks5Egress.Transport.Relay;

/// <summary>Looks at the first bytes that a target sends in a relay, until it has seen enough. On the thread that carries them.</summary>
internal interface IAnswerWatch
{
    /// <summary>The target has sent these, and they are passed on next. Must not block.</summary>
    /// <returns>True to see the next ones as well.</returns>
    bool See(ReadOnlySpan<byte> bytes);
}
