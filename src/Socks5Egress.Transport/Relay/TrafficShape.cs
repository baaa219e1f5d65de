namespace Socks5Egress.Transport.Relay;

/// <summary>How much a client and a target said to each other and in which order; nothing of what they said.</summary>
/// <param name="BytesUp">From the client.</param>
/// <param name="BytesDown">From the target.</param>
/// <param name="UpBeforeDown">What the client had sent when the target's first bytes came. It tells a protocol by its length alone.</param>
/// <param name="FirstDownBytes">The length of the target's first piece.</param>
/// <param name="DownBefore">What the target had said last before <paramref name="LastTurn"/>.</param>
/// <param name="LastTurn">What the client sent when it last took its turn to speak.</param>
/// <param name="DownSince">What the target has said to that.</param>
/// <param name="Turns">How often the client took its turn to speak.</param>
internal readonly record struct TrafficShape(
    long BytesUp, long BytesDown, long UpBeforeDown, long FirstDownBytes, long DownBefore, long LastTurn, long DownSince, int Turns);
