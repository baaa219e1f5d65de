using System.Net;

namespace Socks5Egress.Gateway.Identity;

/// <summary>How far a family's address is proven.</summary>
internal enum Proof : byte
{
    /// <summary>Nothing was seen yet.</summary>
    Pending,

    /// <summary>It was seen right once.</summary>
    Proven,

    /// <summary>It was seen wrong, and never right.</summary>
    Wrong,

    /// <summary>Nothing was seen for so long that the probes are to blame.</summary>
    Unproven,
}

/// <summary>What is known about one family's address. Pure: a round of probes goes in, the next state comes out.</summary>
/// <param name="Proof">How far it is proven.</param>
/// <param name="Address">The address last seen, or null.</param>
/// <param name="Mismatch">It was proven, and the last verdict is another address: an alarm that cuts nobody.</param>
internal readonly record struct FamilyIdentity(Proof Proof, IPAddress? Address, bool Mismatch)
{
    /// <summary>After this time without a verdict the probes are taken for broken, not the address for wrong.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The state after a round.</summary>
    /// <param name="sighting">What the round saw.</param>
    /// <param name="elapsed">Time since the gateway started.</param>
    public FamilyIdentity Next(Observation sighting, TimeSpan elapsed) => (sighting.Seen, Proof) switch
    {
        (Seen.Right, _) => new(Proof.Proven, sighting.Address, false),
        (Seen.Wrong, Proof.Proven) => new(Proof.Proven, sighting.Address, true),
        (Seen.Wrong, _) => new(Proof.Wrong, sighting.Address, false),
        (Seen.Nothing, Proof.Pending) when elapsed >= Patience => new(Proof.Unproven, null, false),
        _ => this,
    };

    /// <summary>Whether connections of the family are made.</summary>
    public bool IsUsed(IdentityMode mode) => mode switch
    {
        IdentityMode.Off or IdentityMode.Warn => true,
        IdentityMode.Gate => Proof is Proof.Proven or Proof.Unproven,
        _ => Proof is Proof.Proven,
    };
}
