using System.Text.Json.Serialization;

namespace Socks5Egress.Gateway.Policy;

/// <summary>What becomes of a refusal by a deny rule or by <c>--default none</c>. Everything else that refuses, refuses in every mode.</summary>
internal enum PolicyMode : byte
{
    /// <summary>It stands.</summary>
    [JsonStringEnumMemberName("enforce")] Enforce,

    /// <summary>The destination is let through, and logged and counted as one that would have been refused.</summary>
    [JsonStringEnumMemberName("report")] Report,

    /// <summary>The destination is let through.</summary>
    [JsonStringEnumMemberName("open")] Open,
}

/// <summary>What becomes of a destination that no rule names.</summary>
internal enum PolicyDefault : byte
{
    /// <summary>Public addresses are allowed.</summary>
    Public,

    /// <summary>Nothing is.</summary>
    None,
}
