namespace Socks5Egress.Client;

/// <summary>What a <see cref="Socks5Client"/> does besides the gateways it is given. Immutable.</summary>
public sealed class Socks5ClientOptions
{
    /// <summary>Between 2 and 16 connections, as many as the last minute needed at once.</summary>
    public const int WarmAuto = -1;

    /// <summary>The most that <see cref="Warm"/> can be.</summary>
    internal const int MostWarm = 64;

    /// <summary>What the timers of .NET can hold.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    private readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(15);
    private readonly int _warm = WarmAuto;

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
    /// How many connections stand ready after TLS and login, for requests to come, once a gateway is known to keep such connections: those of other
    /// programs get none. 0 to 64, or <see cref="WarmAuto"/>, the default. A client that is not used for five minutes closes them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is neither.</exception>
    public int Warm
    {
        get => _warm;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, WarmAuto);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostWarm);
            _warm = value;
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
