using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>Runs <c>exec</c>, as root or as <c>nobody</c>.</summary>
internal static class ExecProgram
{
    public const string Root = "root", Nobody = "nobody";

    /// <summary>Both users.</summary>
    public static IReadOnlyList<string> Users => [Root, Nobody];

    public static string Python => "/usr/bin/python3";

    /// <summary>What stands in front of the program so that it runs as that user, in a folder that it may read.</summary>
    public static IReadOnlyList<string> As(string user) => user == Root ? [] : ["env", "-C", "/", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    /// <summary>The whole command line.</summary>
    public static string[] Words(string user, string via, IEnumerable<string> options, IEnumerable<string> command) =>
        [.. As(user), GatewayProcess.Executable, "exec", "--via", via, .. options, "--", .. command];

    public static Task<ProgramResult> RunAsync(string user, string via, params string[] command) => RunAsync(user, via, [], command);

    public static Task<ProgramResult> RunAsync(
        string user, string via, IEnumerable<string> options, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var words = Words(user, via, options, command);
        return ExternalProgram.RunAsync(words[0], words[1..], environment, input);
    }
}
