using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Socks5Egress.Cli;

/// <summary>Writes the manual page of the program in the man macros of roff.</summary>
internal static class ManPage
{
    private static readonly (string Name, string What)[] Variables =
    [
        ("SOCKS5EGRESS_*", "Every setting of run; the name stands beside each option."),
        ("SOCKS5EGRESS_CONFIG", "The configuration file."),
        ("SOCKS5EGRESS_USERS", "Users of the gateway, NAME:STORED-FORM, separated by commas or newlines."),
        ("SOCKS5EGRESS_VIA", "The default of --via."),
        ("SOCKS5EGRESS_PASSWORD", "The password for the gateway in --via."),
        ("SOCKS5EGRESS_ADMIN", "The admin address that status, reload, disconnect and retire ask."),
        ("FLY_API_TOKEN, FLY_APP_NAME", "The token and the default app of the egress verbs."),
    ];

    private static readonly (string Code, string What)[] Codes =
    [
        ("0", "Success; for run, stopped by a signal."),
        ("1", "The operation failed, or a check found a fault."),
        ("2", "The command line or the configuration is wrong."),
        ("125, 126, 127, 128+n", "forward with a COMMAND: forward itself failed, the command cannot be executed or found, or signal n ended it; otherwise the exit code of the command."),
    ];

    /// <param name="output">Where it goes.</param>
    /// <param name="verbs">Every verb, the default one first.</param>
    /// <param name="version">Of the program.</param>
    public static void Write(TextWriter output, IReadOnlyList<Verb> verbs, string version)
    {
        output.Write($".\\\" Made by 'socks5egress man'; do not edit\n.TH SOCKS5EGRESS 1 \"\" \"socks5egress {Text(version)}\" \"User Commands\"\n");
        output.Write(".SH NAME\nsocks5egress \\- SOCKS5, SOCKS4 and HTTP proxy with a static egress address\n");
        output.Write(".SH SYNOPSIS\n");
        foreach (var usage in verbs.SelectMany(verb => verb.Usage)) output.Write($".B socks5egress\n{Text(usage)}\n.br\n");
        output.Write(".SH DESCRIPTION\n" + Text(
            "socks5egress accepts SOCKS5, SOCKS4, SOCKS4a and HTTP proxy requests on one port, checks the target against a policy, and connects to it from the machine's own address. "
            + "Without a verb it is run. Private, local and special addresses are refused unless a rule allows them.") + "\n");
        output.Write(".SH VERBS\n");
        foreach (var verb in verbs.SelectMany(WithSubverbs)) WriteVerb(output, verb);
        WriteList(output, "ENVIRONMENT", Variables);
        WriteList(output, "EXIT STATUS", Codes);
        output.Write(".SH EXAMPLES\n");
        foreach (var (call, does) in verbs.SelectMany(WithSubverbs).SelectMany(verb => verb.Examples))
            output.Write($".TP\n{Text(does)}\n.B {Text(call)}\n");
    }

    private static IEnumerable<Verb> WithSubverbs(Verb verb) => verb.Subcommands.OfType<Verb>().SelectMany(WithSubverbs).Prepend(verb);

    private static void WriteVerb(TextWriter output, Verb verb)
    {
        var name = verb.Parents.OfType<Verb>().FirstOrDefault() is { } parent ? parent.Name + " " + verb.Name : verb.Name;
        output.Write($".SS {Text(name)}\n{Text(verb.Description?.TrimEnd('.') + ".")}\n");
        foreach (var argument in verb.Arguments) WriteEntry(output, argument.HelpName ?? argument.Name, argument.Description ?? "");
        foreach (var (title, options) in HelpPage.HeadingsOf(verb))
        {
            if (title != HelpPage.PlainHeading && options.Count > 0) output.Write($".PP\n.I {Text(title)}\n");
            foreach (var option in options) WriteEntry(output, HelpPage.Left(option), option.Description ?? "");
        }
    }

    private static void WriteList(TextWriter output, string title, (string Name, string What)[] entries)
    {
        output.Write($".SH {title}\n");
        foreach (var (name, what) in entries) WriteEntry(output, name, what);
    }

    private static void WriteEntry(TextWriter output, string name, string what) => output.Write($".TP\n.B {Text(name)}\n{Text(what)}\n");

    /// <summary>Escapes a text so that nothing in it is a request or an escape of roff, and its hyphens can be copied.</summary>
    internal static string Text(string text)
    {
        var escaped = new StringBuilder(text.StartsWith('.') || text.StartsWith('\'') ? "\\&" : "");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => escaped.Append("\\e"),
                '-' => escaped.Append("\\-"),
                '\n' => escaped.Append(' '),
                _ when rune.IsAscii => escaped.Append((char)rune.Value),
                _ => escaped.Append(CultureInfo.InvariantCulture, $"\\[u{rune.Value:X4}]"),
            };
        }
        return escaped.ToString();
    }
}
