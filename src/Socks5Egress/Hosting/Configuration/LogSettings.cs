using Microsoft.Extensions.Logging;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>How log lines look and which are written.</summary>
internal sealed record LogSettings
{
    /// <summary>One JSON object a line; otherwise text for people.</summary>
    public required bool Json { get; init; }

    /// <summary>The lowest level that is written.</summary>
    public required LogLevel Level { get; init; }
}
