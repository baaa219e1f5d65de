using System.Text;
using Socks5Egress.Cli;
using Socks5Egress.Configuration;
using Socks5Egress.Tests.Program.Logging;
using Xunit;

namespace Socks5Egress.Tests.Program.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string> Verbs => ["", "run", "check", "explain", "hash-password", "status", "completion", "help", "version"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_goes_to_standard_output_when_it_is_asked_for(string verb)
    {
        foreach (var help in new[] { "--help", "-h", "-?" })
        {
            var (code, output, error) = await Run([.. Words(verb), help]);

            Assert.Equal((0, ""), (code, error));
            Assert.Contains("Usage: socks5egress", output, StringComparison.Ordinal);
            Assert.DoesNotContain(output.Split('\n'), line => line.Length > 110);
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_first_line_of_version_is_a_version_number(string verb)
    {
        var (code, output, error) = await Run([.. Words(verb), "--version"]);

        Assert.Equal((0, ""), (code, error));
        // Of semantic versioning: between tags it is a pre-release
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", output.Split('\n')[0].TrimEnd('\r'));
    }

    [Fact]
    public async Task The_help_of_the_program_shows_every_option_of_run_with_its_variable()
    {
        var (_, output, _) = await Run(["--help"]);

        foreach (var group in Socks5Egress.Configuration.GatewaySettings.Groups)
        {
            foreach (var setting in group.Settings)
            {
                Assert.Contains("  " + setting.Flag, output, StringComparison.Ordinal);
                Assert.Contains(setting.EnvironmentName, output, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("forward --help")]
    [InlineData("exec --help")]
    public async Task The_help_of_who_opens_connections_names_what_keeps_some_ready(string words)
    {
        var (_, output, _) = await Run(Words(words));

        Assert.Contains("warm=", output, StringComparison.Ordinal);
        Assert.Contains("pipeline=off", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "'--bogus'")]
    [InlineData("nonsense", "'nonsense' is not a verb")]
    [InlineData("run nonsense", "a word too many; it is not repeated")]
    [InlineData("run 10s", "'10s' is a word too many")]
    [InlineData("retire db.example.com:5432", "'db.example.com:5432' is a word too many")]
    [InlineData("Nonsense", "the first word, which is not repeated")]
    [InlineData("run --bogus=x", "'--bogus' is not an option of run")]
    [InlineData("run -px", "'-p…' is not an option of run")]
    [InlineData("run @file", "'@file'")]
    [InlineData("run --bogus", "socks5egress: '--bogus' is not an option of run\n")]
    [InlineData("run nonsense x", "socks5egress: there is a word too many")]
    [InlineData("--admin", "--admin needs a value: ADDR:PORT|off\n")]
    [InlineData("--admin off --admin off", "'--admin'")]
    [InlineData("check db:1 --via", "--via needs a value: URL\n")]
    [InlineData("explain", "USER is missing: who asks")]
    [InlineData("egress", "socks5egress: egress needs a verb: list,")]
    [InlineData("egress nonsense", "socks5egress: 'nonsense' is not a verb of egress\n")]
    [InlineData("check --json=x", "--json takes no value")]
    [InlineData("run -- --help", "'--' has no meaning for run")]
    [InlineData("hash-password secret", "Passwords are read from standard input")]
    [InlineData("explain - nothing", "HOST:PORT: 'nothing'")]
    [InlineData("explain -", "HOST:PORT")]
    public async Task What_cannot_be_parsed_exits_2_and_says_so_on_standard_error_only(string words, string named)
    {
        var (code, output, error) = await Run(Words(words));

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_of_the_words_and_of_the_values_show_at_once()
    {
        var (code, output, error) = await Run(["--bogus", "--listen", "x", "--idle-timeout", "10", "--allow", "[::1"]);

        Assert.Equal((2, ""), (code, output));
        foreach (var option in new[] { "--bogus", "--listen", "--idle-timeout", "--allow" }) Assert.Contains(option, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_prints_what_holds_and_where_it_was_written()
    {
        var (code, output, error) = await Run(["check", "--deny", "a.example", "--deny", "b.example:80,443"], ("SOCKS5EGRESS_Timeouts__Idle", "5s"));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Policy.Deny = a.example, b.example:80,443  (--deny)\n", output, StringComparison.Ordinal);
        Assert.Contains("Timeouts.Idle = 5s  (SOCKS5EGRESS_Timeouts__Idle)\n", output, StringComparison.Ordinal);
        Assert.Contains("Timeouts.Connect = 10s  (default)\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_refuses_unknown_keys()
    {
        var (code, output, error) = await Run(["check"], ("SOCKS5EGRESS_Bogus", "1"));

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("socks5egress: SOCKS5EGRESS_Bogus: there is no such setting", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_shows_no_stored_password(bool json)
    {
        const string Hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

        var (code, output, error) = await Run(json ? ["check", "--json"] : ["check"], ("SOCKS5EGRESS_USERS", "app:sha256:" + Hash));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("app", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Hash, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("- 10.0.0.1:80", "nobody -> 10.0.0.1:80: refused by default:")]
    [InlineData("- 0x7f.1:80", "nobody -> 0x7f.1:80: refused by name:")]
    [InlineData("- [::1]:80 --allow [::1]", "nobody -> [::1]:80: allowed by allow:[::1]")]
    [InlineData("- 127.0.0.1:1080 --allow 127.0.0.0/8", "nobody -> 127.0.0.1:1080: refused by own-listener")]
    [InlineData("explain 1.1.1.1:443 --deny 1.1.1.1", "explain -> 1.1.1.1:443: refused by deny:1.1.1.1")]
    public async Task Explain_names_the_rule(string words, string conclusion)
    {
        var (code, output, error) = await Run(["explain", .. Words(words)]);

        Assert.Equal((conclusion.Contains("refused", StringComparison.Ordinal) ? 1 : 0, ""), (code, error));
        Assert.StartsWith(conclusion, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help forward", "forward --help")]
    [InlineData("help egress list", "egress list --help")]
    [InlineData("version", "--version")]
    public async Task Help_and_version_are_verbs_too(string verb, string option) => Assert.Equal(await Run(Words(option)), await Run(Words(verb)));

    [Theory]
    [InlineData("froward 1=a:1", "did you mean forward?")]
    [InlineData("statsu", "did you mean status?")]
    [InlineData("help froward", "did you mean forward?")]
    [InlineData("egress lsit", "did you mean list?")]
    [InlineData("run --lisen 1080", "did you mean --listen?")]
    [InlineData("--alow a", "did you mean --allow?")]
    [InlineData("forward 1=a:1 --via socks5://a --wiat=3s", "did you mean --wait?")]
    public async Task A_word_that_is_nearly_one_is_asked_about(string words, string question)
    {
        var (code, output, error) = await Run(Words(words));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(question, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("run --bogus")]
    public async Task A_word_that_is_near_nothing_is_not(string words) => Assert.DoesNotContain("did you mean", (await Run(Words(words))).Error, StringComparison.Ordinal);

    [Fact]
    public async Task A_wait_with_a_blank_is_told_to_take_an_equals_sign()
    {
        Assert.Contains("write --wait=3s", (await Run(Words("forward 1=a:1 --via socks5://gw --wait 3s"))).Error, StringComparison.Ordinal);
        Assert.Contains("--wait=3s", (await Run(Words("egress allocate --app a --region fra --wait 3s"))).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task The_script_of_each_shell_knows_every_verb_and_option(string shell)
    {
        var (code, output, error) = await Run(["completion", shell]);
        Assert.Equal((0, ""), (code, error));
        foreach (var verb in CommandLine.All())
        {
            Assert.Contains(verb.Name, output, StringComparison.Ordinal);
            foreach (var option in verb.Options.Concat(verb.Subcommands.SelectMany(below => below.Options)).Where(option => !option.Hidden))
                Assert.Contains(shell == "fish" ? "-l " + option.Name.TrimStart('-') : option.Name, output, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await Run(["completion", "csh"])).Code);
        Assert.Equal(2, (await Run(["completion"])).Code);
    }

    [Fact]
    public async Task A_standard_output_that_cannot_be_written_is_a_failure_and_said()
    {
        using var error = new StringWriter();
        var full = new StreamWriter(new StubbornStream { Failing = true }) { AutoFlush = true };
        var code = await CommandLine.RunAsync(["--version"], new CommandContext
        {
            OpenInput = () => Stream.Null,
            Output = full,
            Error = error,
            Environment = new Dictionary<string, string>(),
        });

        Assert.Equal(1, code);
        Assert.Contains("standard output cannot be written", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abc\n", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abc\n\n", "sha256:edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb")]
    [InlineData("abc\r\n", "sha256:e2af64b38bbaf25b74d1e999d27370bde03f62b612f43a3f8f548287079ef77e")]
    public async Task A_token_loses_one_newline_and_nothing_else(string input, string expected)
    {
        var (code, output, _) = await Run(["hash-password", "--token"], input);

        Assert.Equal(0, code);
        Assert.Equal(expected, output.TrimEnd('\r', '\n'));
    }

    [Theory]
    [InlineData(0, "is empty")]
    [InlineData(256, "is longer than 255 bytes")]
    public async Task A_password_that_SOCKS5_cannot_carry_is_refused(int length, string error)
    {
        var (code, output, said) = await Run(["hash-password", "--token"], new string('a', length) + "\n");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(error, said, StringComparison.Ordinal);
    }

    private static string[] Words(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Task<(int Code, string Output, string Error)> Run(string[] words, params (string Key, string Value)[] environment)
        => Run(words, "", environment);

    private static async Task<(int Code, string Output, string Error)> Run(string[] words, string input, params (string Key, string Value)[] environment)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(words, new CommandContext
        {
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = output,
            Error = error,
            Environment = environment.ToDictionary(pair => pair.Key, pair => pair.Value),
        });
        return (code, output.ToString(), error.ToString());
    }
}
