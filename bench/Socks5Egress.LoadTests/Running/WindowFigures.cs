namespace Socks5Egress.LoadTests.Running;

/// <summary>One second of a scenario.</summary>
internal sealed record WindowFigures(long Count, double Percent50, double Percent99);
