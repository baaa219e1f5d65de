namespace Socks5Egress.SystemTests.Harness;

/// <summary>The long forms of <c>tests/run --long</c>: the same tests with the numbers that a person waits for.</summary>
internal static class LongRun
{
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("SOCKS5EGRESS_LONG") == "1";

    /// <summary>The long form's value when it is wanted.</summary>
    public static T Or<T>(T longForm, T usual) => Wanted ? longForm : usual;
}
