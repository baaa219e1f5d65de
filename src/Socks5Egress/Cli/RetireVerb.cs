using System.CommandLine;
using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Retiring;

namespace Socks5Egress.Cli;

/// <summary><c>retire</c>: lets sessions of the running gateway end at their next quiet moment.</summary>
internal sealed class RetireVerb : Verb
{
    public const string VerbName = "retire";
    public const string Summary = "Let sessions of the running gateway end at their next quiet moment";

    private readonly AdminClient _admin;
    private readonly Option<string> _target = new("--target")
    {
        HelpName = "HOST[:PORTS]", Description = "Sessions to this host, as the client asked for it, *.suffix, address or CIDR",
    };

    private readonly Option<string> _user = new("--user") { HelpName = "NAME", Description = "Sessions of this account" };
    private readonly Option<string> _over = new("--over") { HelpName = "DURATION", Description = "Spread evenly over this time" };
    private readonly Option<bool> _all = new("--all") { Arity = ArgumentArity.Zero, Description = "All sessions, where neither --target nor --user is said" };
    private readonly Option<bool> _now = new("--now") { Arity = ArgumentArity.Zero, Description = "Without waiting for --retire-quiet: as soon as the target has spoken last for 250 ms" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print the answer as JSON" };

    public RetireVerb()
        : base(VerbName, Summary + ". One that waits for an answer goes on. Sessions that begin later are not touched.")
    {
        foreach (var option in (Option[])[_target, _user, _over, _all, _now]) Options.Add(option);
        _admin = new AdminClient(this);
        Options.Add(_json);
    }

    public override IReadOnlyList<string> Usage =>
        ["retire [--target HOST[:PORTS]] [--user NAME] [--all] [--over DURATION] [--now] [--admin ADDR:PORT] [--json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress retire --target db.example.com:5432", "After a fail-over: pools dial again, between two transactions"),
        ("socks5egress retire --all --over 10m", "All sessions, evenly over ten minutes"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var error in _admin.Validate(parsed, context)) yield return error;
        if (parsed.GetValue(_over) is { } over && DurationParser.Parse(over, out _) is { } fault) yield return $"--over: {fault}";
        if (RetireRequest.TryParse(parsed.GetValue(_user), parsed.GetValue(_target), IsGiven(parsed, _all), TimeSpan.Zero, false, out _) is { } wrong)
            yield return wrong.StartsWith("name ", StringComparison.Ordinal) ? "name --target or --user, or say --all" : "--" + wrong;
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        (string Key, string? Value)[] said =
        [
            ("target", parsed.GetValue(_target)), ("user", parsed.GetValue(_user)), ("over", parsed.GetValue(_over)),
            ("all", IsGiven(parsed, _all) ? "true" : null), ("now", IsGiven(parsed, _now) ? "true" : null),
        ];
        var query = string.Join('&', said.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
        if (await _admin.PostAsync("/retire?" + query, context.Error) is not var (status, answer)) return ExitCode.Failed;
        if (IsGiven(parsed, _json)) context.Print(output => output.WriteLine(answer.ToJsonString()));
        else if (status == HttpStatusCode.OK) context.Print(output => output.WriteLine($"Due: {answer["due"]}. Ended: {answer["ended"]}. Busy: {answer["busy"]}."));
        else AdminClient.WriteErrors(answer, context.Error);
        return status == HttpStatusCode.OK ? ExitCode.Done : ExitCode.Failed;
    }
}
