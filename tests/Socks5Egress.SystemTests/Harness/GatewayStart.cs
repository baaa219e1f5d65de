namespace Socks5Egress.SystemTests.Harness;

/// <summary>How to start a gateway.</summary>
internal sealed record GatewayStart
{
    /// <summary>The value of <c>--transport</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>The program; the built one unless a test has another.</summary>
    public string Program { get; init; } = GatewayProcess.Executable;

    /// <summary>Options behind the usual ones. <c>--listen</c> and <c>--admin</c> here replace the usual port 0 on 127.0.0.1.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The listeners are those of the file that <see cref="Options"/> names: no <c>--listen</c> in front of them.</summary>
    public bool ListensByFile { get; init; }

    /// <summary>The form of its log; only <c>json</c> can be waited for.</summary>
    public string Log { get; init; } = "json";

    /// <summary>Environment of the process, beside the test's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A command that ends in <c>exec</c> of what follows it (prlimit, unshare), so that the process stays the same.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>Whether standard error is read to its end, or only up to the ready line.</summary>
    public bool ReadsLog { get; init; } = true;

    /// <summary>The whole command.</summary>
    public IReadOnlyList<string> Command()
    {
        List<string> command = [.. Through, Program, "run", "--log", Log, "--transport", Transport];
        if (!ListensByFile && !Options.Contains("--listen")) command.AddRange(["--listen", "127.0.0.1:0"]);
        if (!Options.Contains("--admin")) command.AddRange(["--admin", "127.0.0.1:0"]);
        command.AddRange(Options);
        return command;
    }
}
