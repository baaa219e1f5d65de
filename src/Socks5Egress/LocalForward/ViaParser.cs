using Socks5Egress.Cli;
using Socks5Egress.Client;
using Socks5Egress.Configuration;

namespace Socks5Egress.LocalForward;

/// <summary>The value of <c>--via</c>: one gateway or several with commas between, and the password from the environment.</summary>
internal static class ViaParser
{
    /// <summary>What was given with <c>--via</c>, or else what the variable holds, each with the name that an error begins with.</summary>
    public static IReadOnlyList<(string Text, string WrittenAs)> Given(string[]? options, IReadOnlyDictionary<string, string> environment) =>
        options is { Length: > 0 } ? [.. options.Select(text => (text, "--via"))]
        : environment.GetValueOrDefault(EnvironmentVariables.Via) is { Length: > 0 } named ? [(named, EnvironmentVariables.Via)]
        : [];

    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, IReadOnlyDictionary<string, string> environment, out IReadOnlyList<Socks5Proxy> gateways)
    {
        gateways = [];
        try
        {
            gateways = Socks5Proxy.ParseList(text, environment.GetValueOrDefault(EnvironmentVariables.Password));
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Says on standard error that a password on the command line is no secret; once for one text.</summary>
    public static void Warn(string text, CommandContext context)
    {
        if (SecretMask.HasPassword(text))
            context.Error.WriteLine($"warning: --via: every user of this machine can read the password in the process list; leave it out and set {EnvironmentVariables.Password}");
    }
}
