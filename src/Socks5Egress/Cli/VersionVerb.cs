using System.CommandLine;

namespace Socks5Egress.Cli;

/// <summary><c>version</c>: as <c>--version</c>.</summary>
internal sealed class VersionVerb() : Verb(VerbName, Summary)
{
    public const string VerbName = "version";
    public const string Summary = "Print the version; on the second line the build";

    public override IReadOnlyList<string> Usage => ["version"];

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) => Task.FromResult(context.Print(VersionText.Write));
}
