using System.CommandLine;

namespace Socks5Egress.Cli;

/// <summary><c>man</c>: the manual page, made from the same verbs and options as the help.</summary>
internal sealed class ManVerb : Verb
{
    public const string VerbName = "man";
    public const string Summary = "Print the manual page, for man(1)";

    private readonly Func<IEnumerable<Verb>> _verbs;

    /// <param name="verbs">Creates every verb.</param>
    public ManVerb(Func<IEnumerable<Verb>> verbs)
        : base(VerbName, Summary) => _verbs = verbs;

    public override IReadOnlyList<string> Usage => ["man"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress man | man -l -", "Read it"),
        ("socks5egress man > /usr/local/share/man/man1/socks5egress.1", "Install it"),
    ];

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) =>
        Task.FromResult(context.Print(output => ManPage.Write(output, [.. _verbs()], VersionText.Version)));
}
