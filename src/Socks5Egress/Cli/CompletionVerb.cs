using System.CommandLine;
using Socks5Egress.Cli.Completion;

namespace Socks5Egress.Cli;

/// <summary><c>completion</c>: the script that lets a shell complete verbs, options and values, made from the same tree as the help.</summary>
internal sealed class CompletionVerb : Verb
{
    public const string VerbName = "completion";
    public const string Summary = "Print the completion script of a shell";

    private static readonly Dictionary<string, Action<TextWriter, IReadOnlyList<CompletedVerb>>> Shells = new()
    {
        ["bash"] = BashCompletion.Write, ["zsh"] = ZshCompletion.Write, ["fish"] = FishCompletion.Write,
    };

    private readonly Argument<string> _shell = new("SHELL") { HelpName = string.Join('|', Shells.Keys), Description = "bash, zsh or fish" };
    private readonly Func<IEnumerable<Verb>> _verbs;

    /// <param name="verbs">Makes every verb there is.</param>
    public CompletionVerb(Func<IEnumerable<Verb>> verbs)
        : base(VerbName, Summary)
    {
        _verbs = verbs;
        Arguments.Add(_shell);
    }

    public override IReadOnlyList<string> Usage => [$"completion {string.Join('|', Shells.Keys)}"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("source <(socks5egress completion bash)", "In ~/.bashrc; for zsh in ~/.zshrc, after compinit"),
        ("socks5egress completion fish > ~/.config/fish/completions/socks5egress.fish", "fish"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        if (parsed.GetResult(_shell)?.Tokens is [var shell, ..] && !Shells.ContainsKey(shell.Value)) yield return $"SHELL: '{shell.Value}' is none of {string.Join(", ", Shells.Keys)}";
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) =>
        Task.FromResult(context.Print(output => Shells[parsed.GetValue(_shell)!](output, [.. _verbs().SelectMany(verb => CompletedVerb.Of(verb, ""))])));
}
