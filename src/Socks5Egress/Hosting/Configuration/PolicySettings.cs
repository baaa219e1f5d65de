using System.Collections.Immutable;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>The rules as they were written, in their order.</summary>
internal sealed record PolicySettings
{
    /// <summary>RULE texts of <c>--allow</c>.</summary>
    public required ImmutableArray<string> Allow { get; init; }

    /// <summary>RULE texts of <c>--deny</c>.</summary>
    public required ImmutableArray<string> Deny { get; init; }

    /// <summary>What no rule names is allowed when it is a public address; otherwise nothing is.</summary>
    public required bool DefaultPublic { get; init; }
}
