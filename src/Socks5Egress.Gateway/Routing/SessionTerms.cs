namespace Socks5Egress.Gateway.Routing;

/// <summary>How long a session may go on and how fast, as one place of the configuration says it. Null: that place says nothing.</summary>
/// <param name="Lifetime">The age from which the session is due to end at a quiet moment; zero: no age.</param>
/// <param name="Jitter">The part of the lifetime, from 0 to 0.5, by which single sessions are due earlier.</param>
/// <param name="Follow">Whether the session is due when its address has left the answers of DNS.</param>
/// <param name="Rate">Bits a second in each direction; 0: no limit.</param>
internal sealed record SessionTerms(TimeSpan? Lifetime = null, double? Jitter = null, bool? Follow = null, long? Rate = null)
{
    /// <summary>The part that holds where nobody says one.</summary>
    public const double DefaultJitter = 0.1;

    /// <summary>Nothing is said.</summary>
    public static readonly SessionTerms None = new();

    /// <summary>What this says, and what <paramref name="general"/> says where this says nothing.</summary>
    public SessionTerms Else(SessionTerms general) => this == None
        ? general
        : new(Lifetime ?? general.Lifetime, Jitter ?? general.Jitter, Follow ?? general.Follow, Rate ?? general.Rate);
}
