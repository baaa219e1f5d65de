using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Deploy;

/// <summary>Runs what an example under deploy/ gives to the program, without listening on the ports of the example.</summary>
internal static partial class ExampleProgram
{
    private static readonly string Users = "app:sha256:" + new string('0', 64);

    /// <param name="words">The arguments of the container.</param>
    /// <param name="environment">Its variables; one whose value comes from elsewhere has a stand-in.</param>
    public static async Task WorksAsync(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment)
    {
        var variables = environment.ToDictionary(pair => pair.Key, pair => pair.Key switch
        {
            "SOCKS5EGRESS_USERS" => Users,
            "SOCKS5EGRESS_PASSWORD" => "a-password",
            _ => pair.Value,
        });
        string[] call = words[0] switch
        {
            "run" => ["check", .. words.Skip(1)],
            "forward" => ["forward", .. words.Skip(1).Select(word => Port().Replace(word, "${address}0${target}")), "--", "true"],
            _ => throw new InvalidOperationException($"a verb that no example had before: {words[0]}"),
        };
        var ran = await ExternalProgram.RunAsync(GatewayProcess.Executable, call, variables);
        Assert.True(ran.ExitCode == 0, string.Join(' ', call) + "\n" + ran);
    }

    // LOCAL of a forward, and what --health has
    [GeneratedRegex(@"^(?<address>(?:[\d.]+:)?)\d+(?<target>=.*)?$")]
    private static partial Regex Port();
}
