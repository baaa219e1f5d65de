using System.Reflection;
using System.Runtime.InteropServices;

namespace Socks5Egress.Cli;

/// <summary>What <c>--version</c> prints: the version alone on the first line, for scripts; the build on the second.</summary>
internal static class VersionText
{
    /// <summary>The version without the commit, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } = Informational.Split('+')[0];

    private static string Informational
        => typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static void Write(TextWriter output)
    {
        output.WriteLine(Version);
        // RuntimeFeature does not tell: with PublishAot it answers for the native form in a portable build too
        var form = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is null ? "native" : "portable";
        var commit = Informational.Split('+') is [_, var hash] ? $"commit {hash}, " : "";
        output.WriteLine($"{commit}{form}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
    }
}
