using System.Net;

namespace Socks5Egress.Client;

/// <summary>How a <see cref="Socks5Forwarder"/> listens, waits and ends. Immutable.</summary>
public sealed class Socks5ForwarderOptions
{
    // Below what drivers wait for a connection by default (5 s for StackExchange.Redis, 15 s for the others): else they give up first, and say less
    private readonly TimeSpan _retryFor = TimeSpan.FromSeconds(4);
    private readonly TimeSpan _drainTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where to listen: an <see cref="IPEndPoint"/>, port 0 for any free one, or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// Default 127.0.0.1, any free port. Whoever can connect to it reaches the target: think twice before naming
    /// an address off the loopback. A Unix socket is made for its owner alone.
    /// </summary>
    public EndPoint LocalEndPoint { get; init; } = new IPEndPoint(IPAddress.Loopback, 0);

    /// <summary>
    /// How long to go on trying for one waiting client after a failure that may pass (<see cref="Socks5Exception.IsTransient"/>), with pauses
    /// from 100 ms doubling to 2 s. Default 4 s, which is below the drivers' own timeouts; zero to try once. A client that leaves ends it at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than 49 days.</exception>
    public TimeSpan RetryFor
    {
        get => _retryFor;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Socks5ClientOptions.Longest);
            _retryFor = value;
        }
    }

    /// <summary>How long disposal waits for open connections to end before it resets them. Default 5 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than 49 days.</exception>
    public TimeSpan DrainTimeout
    {
        get => _drainTimeout;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Socks5ClientOptions.Longest);
            _drainTimeout = value;
        }
    }

    /// <summary>
    /// Told of every failed attempt, also of those that are tried again. The client of a forwarder sees nothing but a reset, so
    /// hang a log here. Called on any thread; what it throws is lost.
    /// </summary>
    public Action<Socks5Exception>? OnFailure { get; init; }

    /// <summary>Whether who connects from an address may; null: everybody. It must not throw. A Unix socket's clients are not asked about.</summary>
    internal Func<IPAddress, bool>? Admits { get; init; }

    /// <summary>Told of each client that was turned away. It must not throw.</summary>
    internal Action<IPAddress>? OnTurnedAway { get; init; }

    /// <summary>Told of each connection that reached the target. It must not throw.</summary>
    internal Action? OnConnected { get; init; }

    /// <summary>Told of each connection that was carried, once both sides have ended. It must not throw.</summary>
    internal Action<ConnectionFlow>? OnEnded { get; init; }
}
