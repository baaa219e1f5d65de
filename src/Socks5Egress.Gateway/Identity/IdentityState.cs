namespace Socks5Egress.Gateway.Identity;

/// <summary>How a family's state is called in metrics and on the status page.</summary>
internal static class IdentityState
{
    private const string Changed = "changed";

    public static IReadOnlyList<string> All { get; } = ["pending", "proven", "wrong", "unproven", Changed];

    public static string Of(FamilyIdentity family) => family.Mismatch ? Changed : All[(int)family.Proof];
}
