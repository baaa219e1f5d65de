namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>What one step of a first flight came to.</summary>
/// <param name="IsLast">The flight is over.</param>
/// <param name="End">How the session ends; null for the relay.</param>
internal readonly record struct FlightStep(bool IsLast, CommandEnd? End)
{
    /// <summary>More is to be read.</summary>
    public static FlightStep GoOn => default;

    /// <summary>The relay takes over.</summary>
    public static FlightStep Relay => new(true, null);

    /// <summary>The session ends so.</summary>
    public static FlightStep Over(CommandEnd? end) => new(true, end);
}
