using Socks5Egress.Configuration;

namespace Socks5Egress;

/// <summary>The world of a verb: where it reads and writes. Tests give it another one.</summary>
internal sealed record CommandContext
{
    /// <summary>The name of the program in messages.</summary>
    public const string Program = "socks5egress";

    /// <summary>Opens standard input. Only a verb that reads it needs one: it may be closed.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard input.</summary>
    public Stream Input => OpenInput();

    /// <summary>Standard output: what was asked for, and nothing else.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: errors, progress, logs.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The variables of the process.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Standard input is a terminal: somebody is to be told what to type.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The words behind the first <c>--</c>, or null when there is none.</summary>
    public IReadOnlyList<string>? Trailing { get; init; }

    /// <summary>Writes what was asked for.</summary>
    /// <returns>The exit code: a full disk or a closed output is a failure, and no bug.</returns>
    public int Print(Action<TextWriter> write)
    {
        try
        {
            write(Output);
            Output.Flush();
            return ExitCode.Done;
        }
        catch (IOException e)
        {
            Error.WriteLine($"{Program}: standard output cannot be written: {e.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>
    /// The world of this process. Not Console.Out: where that is a terminal, .NET changes its modes, and they are the command's of <c>exec</c> and <c>forward</c>.
    /// </summary>
    public static CommandContext OfProcess() => new()
    {
        OpenInput = Console.OpenStandardInput,
        Output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true }),
        Error = Console.Error,
        Environment = EnvironmentVariables.OfProcess(),
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };
}
