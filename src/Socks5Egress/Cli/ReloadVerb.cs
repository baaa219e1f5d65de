using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;

namespace Socks5Egress.Cli;

/// <summary><c>reload</c>: asks the running gateway to read its configuration again.</summary>
internal sealed class ReloadVerb : Verb
{
    public const string VerbName = "reload";
    public const string Summary = "Ask the running gateway to read its configuration again; exit code 1 when it is refused";

    private readonly AdminClient _admin;
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print the answer as JSON" };

    public ReloadVerb()
        : base(VerbName, Summary + ".")
    {
        _admin = new AdminClient(this);
        Options.Add(_json);
    }

    public override IReadOnlyList<string> Usage => ["reload [--admin ADDR:PORT] [--json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples => [("socks5egress reload", "Take over what has changed, or hear why not")];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context) => _admin.Validate(parsed, context);

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        if (await _admin.PostAsync("/reload", context.Error) is not var (status, answer)) return ExitCode.Failed;
        if (IsGiven(parsed, _json)) context.Print(output => output.WriteLine(answer.ToJsonString()));
        else if (status == HttpStatusCode.OK) context.Print(output => Write(output, answer));
        if (status == HttpStatusCode.OK) return ExitCode.Done;
        if (!IsGiven(parsed, _json)) AdminClient.WriteErrors(answer, context.Error);
        return ExitCode.Failed;
    }

    private static void Write(TextWriter output, JsonObject answer)
    {
        var changed = answer["changed"] as JsonArray ?? [];
        output.WriteLine(changed.Count == 0 ? "Reloaded; nothing has changed." : "Reloaded. Changed:");
        foreach (var name in changed) output.WriteLine($"  {name}");
        if (answer["ended"]?.GetValue<int>() is > 0 and var ended) output.WriteLine($"No longer allowed and ended: {ended}.");
        if (answer["restart_needed"] is JsonArray { Count: > 0 } restart) output.WriteLine($"Takes effect only after a restart: {string.Join(", ", restart)}.");
    }
}
