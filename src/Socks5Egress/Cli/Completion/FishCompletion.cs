namespace Socks5Egress.Cli.Completion;

/// <summary>For fish, as the file <c>~/.config/fish/completions/socks5egress.fish</c>.</summary>
internal static class FishCompletion
{
    public static void Write(TextWriter output, IReadOnlyList<CompletedVerb> verbs)
    {
        var names = string.Join(' ', verbs.Where(verb => verb.Parent.Length == 0).Select(verb => verb.Name));
        output.WriteLine($"# fish completion of {CommandLine.Program}");
        output.WriteLine($"complete -c {CommandLine.Program} -f");
        foreach (var verb in verbs)
        {
            var below = string.Join(' ', verbs.Where(other => other.Parent == verb.Path).Select(other => other.Name));
            var before = verb.Parent.Length == 0 ? $"not __fish_seen_subcommand_from {names}"
                : $"__fish_seen_subcommand_from {verb.Parent}; and not __fish_seen_subcommand_from {string.Join(' ', verbs.Where(other => other.Parent == verb.Parent).Select(other => other.Name))}";
            Line(output, before, $"-a {verb.Name} -d {Quoted(verb.Summary)}");

            // Without a verb it is the first one, run
            var here = verb.Parent.Length > 0 ? $"__fish_seen_subcommand_from {verb.Parent}; and __fish_seen_subcommand_from {verb.Name}"
                : verb == verbs[0] ? $"__fish_seen_subcommand_from {verb.Name}; or not __fish_seen_subcommand_from {names}"
                : below.Length > 0 ? $"__fish_seen_subcommand_from {verb.Name}; and not __fish_seen_subcommand_from {below}"
                : $"__fish_seen_subcommand_from {verb.Name}";
            if (verb.Words.Count > 0) Line(output, here, "-a " + Quoted(string.Join(' ', verb.Words)));
            foreach (var option in verb.Options)
            {
                var value = !option.TakesValue ? "" : option.IsFile ? " -r -F" : option.Values.Count > 0 ? $" -x -a {Quoted(string.Join(' ', option.Values))}" : " -x";
                Line(output, here, $"-l {option.Name.TrimStart('-')}{value} -d {Quoted(option.Help)}");
            }
        }
    }

    private static void Line(TextWriter output, string condition, string rest) => output.WriteLine($"complete -c {CommandLine.Program} -n {Quoted(condition)} {rest}");

    private static string Quoted(string text) => "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
