namespace Socks5Egress.Cli.Completion;

/// <summary>For bash 4 or later, with or without the package bash-completion.</summary>
internal static class BashCompletion
{
    public static void Write(TextWriter output, IReadOnlyList<CompletedVerb> verbs)
    {
        output.WriteLine($$"""
            # bash completion of {{CommandLine.Program}}
            _{{CommandLine.Program}}() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev= verb= path= words= i
                ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD-1]}
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    # What stands behind the two dashes is another program's
                    [[ ${COMP_WORDS[i]} == -- ]] && { compopt -o default 2>/dev/null; return; }
                done
                ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]] && verb=${COMP_WORDS[1]}
                path=${verb:-{{verbs[0].Name}}}
                [[ $path == egress && COMP_CWORD -gt 2 && ${COMP_WORDS[2]} != -* ]] && path="egress ${COMP_WORDS[2]}"
                case "$path $prev" in
            """);
        foreach (var verb in verbs)
        {
            foreach (var option in verb.Options.Where(option => option.TakesValue))
                output.WriteLine($"        '{verb.Path} {option.Name}') {(option.IsFile ? "compopt -o default 2>/dev/null; return" : $"words='{string.Join(' ', option.Values)}'")} ;;");
        }
        output.WriteLine("""
                *) case $path in
            """);
        foreach (var verb in verbs)
        {
            var below = verbs.Where(other => other.Parent == verb.Path).Select(other => other.Name);
            output.WriteLine($"            '{verb.Path}') words='{string.Join(' ', below.Concat(verb.Words).Concat(verb.Options.Select(option => option.Name)))}' ;;");
        }
        output.WriteLine($$"""
                    esac
                    [[ -z $verb && COMP_CWORD -eq 1 ]] && words+=' {{string.Join(' ', verbs.Where(verb => verb.Parent.Length == 0).Select(verb => verb.Name))}}' ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
            }
            complete -F _{{CommandLine.Program}} {{CommandLine.Program}}
            """);
    }
}
