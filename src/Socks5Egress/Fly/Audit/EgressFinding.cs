using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Fly.Audit;

/// <summary>One thing that is wrong with an app's addresses.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">A stable name, such as <c>public-address</c>.</param>
/// <param name="Subject">The address, region or file that it is about.</param>
/// <param name="Sentence">What follows from it, and what to do.</param>
internal sealed record EgressFinding(Severity Severity, string Code, string Subject, string Sentence);
