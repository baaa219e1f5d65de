using System.Collections.Immutable;

namespace Socks5Egress.Admin;

/// <summary>What came of a reload.</summary>
/// <param name="Errors">Why it was refused, each with the name of what is wrong; empty: it holds.</param>
/// <param name="Changed">What is different from before, by name.</param>
/// <param name="RestartNeeded">What is different and holds only after a restart.</param>
/// <param name="Digest">Of the effective configuration.</param>
/// <param name="Ended">How many grants the new rules have ended.</param>
internal sealed record ReloadResult(
    ImmutableArray<string> Errors, ImmutableArray<string> Changed, ImmutableArray<string> RestartNeeded, string? Digest, int Ended)
{
    /// <summary>It was refused; the configuration that held before holds on.</summary>
    public static ReloadResult Refused(ImmutableArray<string> errors) => new(errors, [], [], null, 0);
}
