namespace Socks5Egress.Gateway.Policy;

/// <summary>What the policy said of one request or datagram: one value, so that no line mixes two of them.</summary>
/// <param name="Policy">The name of the policy.</param>
/// <param name="Verdict">What it decided; null while addresses are not known.</param>
/// <param name="Rule">The rule that decided.</param>
internal sealed record PolicyDecision(string? Policy, Decision? Verdict, string? Rule);
