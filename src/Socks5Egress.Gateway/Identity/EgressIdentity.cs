using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity;

/// <summary>
/// What the gateway knows about the addresses it leaves from, at one moment. Immutable. A family without an expected address
/// is not used in <c>gate</c> and <c>strict</c>: its connections would come from an address that nobody let in.
/// </summary>
internal sealed record EgressIdentity
{
    public required IdentityMode Mode { get; init; }

    /// <summary>The addresses to leave from; never learned, because a fresh Machine starts on a wrong one.</summary>
    public required ImmutableArray<IPAddress> Expected { get; init; }

    public FamilyIdentity IPv4 { get; init; }

    public FamilyIdentity IPv6 { get; init; }

    /// <summary>Nothing is expected, everything is used.</summary>
    public static EgressIdentity Off { get; } = new() { Mode = IdentityMode.Off, Expected = [] };

    /// <summary>The families that are probed.</summary>
    public IEnumerable<AddressFamily> Families => Mode == IdentityMode.Off ? [] : Expected.Select(address => address.AddressFamily).Distinct();

    /// <summary>The listeners may be open.</summary>
    public bool IsOpen => Mode is IdentityMode.Off or IdentityMode.Warn || Families.Any(Uses);

    /// <summary>Every expected family was seen right, and nothing else since: there is no hurry to probe again.</summary>
    public bool IsSettled => Families.All(family => Of(family) is { Proof: Proof.Proven, Mismatch: false });

    public FamilyIdentity Of(AddressFamily family) => family == AddressFamily.InterNetwork ? IPv4 : IPv6;

    public EgressIdentity With(AddressFamily family, FamilyIdentity state) =>
        family == AddressFamily.InterNetwork ? this with { IPv4 = state } : this with { IPv6 = state };

    /// <summary>The expected addresses of a family.</summary>
    public IReadOnlyList<IPAddress> ExpectedOf(AddressFamily family) => [.. Expected.Where(address => address.AddressFamily == family)];

    /// <summary>Whether connections of the family are made.</summary>
    public bool Uses(AddressFamily family) =>
        Mode is IdentityMode.Off or IdentityMode.Warn || (Families.Contains(family) && Of(family).IsUsed(Mode));

    /// <summary>What is not as it should be, a short name each with the addresses; why <c>/readyz</c> is red while not open, else what it adds.</summary>
    public ImmutableArray<string> Reasons => [.. Families.Select(Reason).OfType<string>()];

    private string? Reason(AddressFamily family)
    {
        var (state, name) = (Of(family), FamilyName.Of(family));
        var expected = string.Join(" or ", ExpectedOf(family));
        return state switch
        {
            { Mismatch: true } => $"egress-{name}-changed: leaves from {state.Address}, expected {expected}",
            { Proof: Proof.Wrong } => $"egress-{name}-wrong: leaves from {state.Address}, expected {expected}",
            { Proof: Proof.Pending } => $"egress-{name}-pending: not seen yet, expected {expected}",
            { Proof: Proof.Unproven } => $"egress-{name}-unproven: no probe told, expected {expected}",
            _ => null,
        };
    }
}
