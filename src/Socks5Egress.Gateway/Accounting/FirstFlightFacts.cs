namespace Socks5Egress.Gateway.Accounting;

/// <summary>What the first flight of a session said, for the log line; texts are empty where there was none.</summary>
internal sealed record FirstFlightFacts
{
    /// <summary>It was read, and has said nothing yet.</summary>
    public static readonly FirstFlightFacts None = new();

    /// <summary>What both sides speak, from the ServerHello, such as <c>1.3</c>.</summary>
    public string Version { get; init; } = "";

    /// <summary>The name in the ClientHello, as the client sent it.</summary>
    public string Sni { get; init; } = "";

    /// <summary>The protocols that the client offered, joined by commas.</summary>
    public string Alpn { get; init; } = "";

    /// <summary>How it turned to TLS: <c>postgres</c>, <c>mysql</c>, <c>tds</c>, <c>none</c> for direct TLS; empty where it did not.</summary>
    public string Upgrade { get; init; } = "";

    /// <summary>The protocol that was spoken in clear, such as <c>redis</c> or <c>unknown</c>; null where none was.</summary>
    public string? Plaintext { get; init; }
}
