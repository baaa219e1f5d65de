namespace Socks5Egress.Diagnostics;

/// <summary>What one step of a check saw.</summary>
/// <param name="Text">A few words for the table.</param>
/// <param name="Fault">What is wrong and what to do, in one sentence; null when nothing is.</param>
/// <param name="Egress">The address that the other end says we come from, where it does.</param>
internal readonly record struct Finding(string Text, string? Fault = null, string? Egress = null);

/// <summary>One step of a check, done.</summary>
/// <param name="Name">name, gateway, login, connect, hello, tls, session or egress.</param>
/// <param name="Text">A few words.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record CheckStep(string Name, string Text, double Milliseconds);
