using System.CommandLine;

namespace Socks5Egress.Cli;

/// <summary><c>help [VERB]</c>: as <c>--help</c>, into which <see cref="CommandLine"/> turns it; only its own help is left here.</summary>
internal sealed class HelpVerb : Verb
{
    public const string VerbName = "help";
    public const string Summary = "Show the help of the program or of a verb";

    public HelpVerb(IEnumerable<string> verbs)
        : base(VerbName, Summary)
        => Arguments.Add(new Argument<string[]>("VERB") { Arity = ArgumentArity.ZeroOrMore, HelpName = string.Join('|', verbs), Description = "One of these, and a verb below it" });

    public override IReadOnlyList<string> Usage => ["help [VERB]"];

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) => Task.FromResult(context.Print(writer => HelpPage.Write(writer, this)));
}
