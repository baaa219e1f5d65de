using System.CommandLine;
using System.CommandLine.Parsing;
using Socks5Egress.Configuration;

namespace Socks5Egress.Cli;

/// <summary>What the parser found wrong, in the words of the other errors: the thing first, then what to do.</summary>
internal static class ParseFaults
{
    public static IEnumerable<string> Of(ParseResult parsed, Verb verb)
    {
        foreach (var word in parsed.UnmatchedTokens)
        {
            yield return word.StartsWith('-') ? NoOption(word, verb)
                : verb.Subcommands.Count > 0 ? $"{WrittenWord.Verb(word)} is not a verb of {verb.Name}{Nearest.Question(word, verb.Subcommands.Select(command => command.Name))}"
                : verb.ImpliedValues.Count + Implied(verb) > 0 && DurationParser.Parse(word, out _) is null ? $"'{word}' is a word too many; an option whose value may be left out takes it behind an equals sign, as in --wait={word}"
                : WrittenWord.TooMany(word);
        }

        foreach (var error in parsed.Errors)
        {
            switch (error.SymbolResult)
            {
                // A word too many is named above; a verb that is missing is the verb's own to name
                case CommandResult when parsed.UnmatchedTokens.Count > 0 || verb.Subcommands.Count > 0:
                    break;
                case ArgumentResult { Tokens.Count: 0, Parent: CommandResult } missing:
                    yield return $"{missing.Argument.Name} is missing: {Inside(missing.Argument.Description)}";
                    break;
                case OptionResult { Tokens.Count: 0 } bare:
                    yield return $"{bare.Option.Name} needs a value: {bare.Option.HelpName}";
                    break;
                default:
                    yield return error.Message;
                    break;
            }
        }
    }

    /// <summary>Of a word that begins with a dash and is none of the verb's options.</summary>
    public static string NoOption(string word, Verb verb) =>
        $"'{WrittenWord.Option(word)}' is not an option of {verb.Name}{Nearest.Question(word.Split('=')[0], verb.Options.Where(option => !option.Hidden).Select(option => option.Name))}";

    private static int Implied(Verb verb) => verb.Options.Count(option => option.HelpName is ['[', '=', ..]);

    /// <summary>As it reads behind a colon.</summary>
    private static string Inside(string? sentence) => sentence is { Length: > 0 } ? char.ToLowerInvariant(sentence[0]) + sentence[1..] : "";
}
