namespace Socks5Egress.Cli.Completion;

/// <summary>For zsh: sourced behind compinit, or as the file <c>_socks5egress</c> in a folder of fpath.</summary>
internal static class ZshCompletion
{
    public static void Write(TextWriter output, IReadOnlyList<CompletedVerb> verbs)
    {
        output.WriteLine($$"""
            #compdef {{CommandLine.Program}}
            # zsh completion of {{CommandLine.Program}}
            _{{CommandLine.Program}}() {
                local verb= key= prev=
                local -a verbs options words_of
                ((CURRENT > 1)) && prev=$words[CURRENT-1]
                # What stands behind the two dashes is another program's
                local dashes=${words[(i)--]}
                if ((dashes < CURRENT)); then _normal; return; fi
                ((CURRENT > 2)) && [[ $words[2] != -* ]] && verb=$words[2]
                key=${verb:-{{verbs[0].Name}}}
                [[ $key == egress && CURRENT -gt 3 && $words[3] != -* ]] && key="egress $words[3]"
                case "$key $prev" in
            """);
        foreach (var verb in verbs)
        {
            foreach (var option in verb.Options.Where(option => option.TakesValue))
                output.WriteLine($"        ('{verb.Path} {option.Name}') {(option.IsFile ? "_files; return" : option.Values.Count > 0 ? $"compadd -- {string.Join(' ', option.Values)}; return" : "return")} ;;");
        }
        output.WriteLine("    esac\n    case $key in");
        foreach (var verb in verbs)
        {
            output.WriteLine($"        ('{verb.Path}')");
            foreach (var below in verbs.Where(other => other.Parent == verb.Path)) output.WriteLine($"            verbs+=({Quoted(below.Name, below.Summary)})");
            if (verb.Words.Count > 0) output.WriteLine($"            words_of=({string.Join(' ', verb.Words)})");
            foreach (var option in verb.Options) output.WriteLine($"            options+=({Quoted(option.Name, option.Help)})");
            output.WriteLine("            ;;");
        }
        output.WriteLine("    esac\n    if ((CURRENT == 2)); then");
        foreach (var verb in verbs.Where(verb => verb.Parent.Length == 0)) output.WriteLine($"        verbs+=({Quoted(verb.Name, verb.Summary)})");
        output.WriteLine($$"""
                fi
                ((${#verbs})) && _describe -t verbs verb verbs
                ((${#words_of})) && compadd -- $words_of
                _describe -o -t options option options
            }
            if [[ $funcstack[1] == _{{CommandLine.Program}} ]]; then _{{CommandLine.Program}} "$@"; else compdef _{{CommandLine.Program}} {{CommandLine.Program}}; fi
            """);
    }

    private static string Quoted(string name, string help) =>
        "'" + name + ":" + help.Replace("'", "'\\''", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal) + "'";
}
