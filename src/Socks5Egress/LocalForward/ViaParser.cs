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

    /// <summary>The gateways that were given, and what is wrong with them, each sentence with the name it was written under.</summary>
    public static List<Socks5Proxy> ReadGateways(string[]? options, CommandContext context, List<string> faults)
    {
        var all = new List<Socks5Proxy>();
        var given = Given(options, context.Environment);
        foreach (var (text, writtenAs) in given)
        {
            if (Parse(text, context.Environment, out var gateways) is { } fault) faults.Add($"{writtenAs}: {fault}");
            all.AddRange(gateways);
            if (writtenAs == "--via") Warn(text, context);
        }

        if (given.Count == 0) faults.Add($"--via is missing; write --via socks5://[user[:password]@]host:port, or set {EnvironmentVariables.Via}");
        return all;
    }

    /// <summary>Says on standard error that a password on the command line is no secret; once for one text.</summary>
    public static void Warn(string text, CommandContext context)
    {
        if (SecretMask.HasPassword(text))
            context.Error.WriteLine($"warning: --via: every user of this machine can read the password in the process list; leave it out and set {EnvironmentVariables.Password}");
    }
}
