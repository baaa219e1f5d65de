using System.CommandLine;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress</c>: the static addresses on Fly.io. It only holds its own verbs.</summary>
internal sealed class EgressVerb : Verb
{
    public const string VerbName = "egress";
    public const string Summary = "List, allocate, release, audit and watch static egress addresses on Fly.io";

    public EgressVerb()
        : base(VerbName, Summary + ". The token is read from FLY_API_TOKEN; FLY_API_BASE_URL names another server for all of its interfaces.")
    {
        Subcommands.Add(new EgressListVerb());
        Subcommands.Add(new EgressAllocateVerb());
        Subcommands.Add(new EgressReleaseVerb());
        Subcommands.Add(new EgressPromoteVerb());
        Subcommands.Add(new EgressAuditVerb());
        Subcommands.Add(new EgressWatchVerb());
    }

    public override IReadOnlyDictionary<string, string> ImpliedValues { get; } = new Dictionary<string, string> { ["--wait"] = EgressAllocateVerb.ImpliedWait };

    public override IReadOnlyList<string> Usage => ["egress VERB --app NAME [OPTIONS]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context) =>
        ["egress needs a verb: " + string.Join(", ", Subcommands.Select(command => command.Name))];

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context) => Task.FromResult(ExitCode.Usage);
}
