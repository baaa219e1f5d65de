namespace Socks5Egress.Client;

/// <summary>What a <see cref="Socks5Client"/> does besides the gateways it is given. Immutable.</summary>
public sealed class Socks5ClientOptions
{
    /// <summary>What the timers of .NET can hold.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    private readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one connection may take altogether: looking up the gateway, reaching it or another one, the handshake, and
    /// the gateway's own look-up and dialling. Default 15 s: the gateway gives up after 10 s, and its answer says more than a time-out here.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not longer than zero, or longer than 49 days.</exception>
    public TimeSpan ConnectTimeout
    {
        get => _connectTimeout;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest);
            _connectTimeout = value;
        }
    }

    /// <summary>
    /// Told of every connection that failed, from whatever it was asked for: a stream, a request, a forwarder. Hang a log here; the package
    /// <c>Socks5Egress.Client.Extensions</c> does. Called on any thread; it must not throw.
    /// </summary>
    public Action<Socks5Exception>? OnFailure { get; init; }

    /// <summary>The clock, for tests. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
