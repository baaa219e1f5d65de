using System.CommandLine;
using System.Net;
using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Cli;

/// <summary><c>disconnect</c>: closes sessions of the running gateway at once.</summary>
internal sealed class DisconnectVerb : Verb
{
    public const string VerbName = "disconnect";
    public const string Summary = "Close sessions of the running gateway at once, by user, target or client";

    private readonly AdminClient _admin;
    private readonly Option<string> _user = new("--user") { HelpName = "NAME", Description = "Sessions of this account" };
    private readonly Option<string> _target = new("--target") { HelpName = "HOST[:PORTS]", Description = "Sessions to this host, *.suffix, address or CIDR" };
    private readonly Option<string> _client = new("--client") { HelpName = "CIDR", Description = "Sessions of clients in this network" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print the answer as JSON" };

    public DisconnectVerb()
        : base(VerbName, Summary + ". With several options, a session must match all of them. Clients may reconnect: change the password or the policy first.")
    {
        foreach (var option in (Option[])[_user, _target, _client]) Options.Add(option);
        _admin = new AdminClient(this);
        Options.Add(_json);
    }

    public override IReadOnlyList<string> Usage => ["disconnect [--user NAME] [--target HOST[:PORTS]] [--client CIDR] [--admin ADDR:PORT] [--json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress disconnect --user app", "Everything of an account whose password has leaked"),
        ("socks5egress disconnect --target db.example.com:5432", "Every session to one server"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var error in _admin.Validate(parsed, context)) yield return error;
        if (DisconnectFilter.TryParse(parsed.GetValue(_user), parsed.GetValue(_target), parsed.GetValue(_client), out _) is { } wrong)
            yield return wrong.StartsWith("name ", StringComparison.Ordinal) ? "name at least one of --user, --target and --client" : "--" + wrong;
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        (string Key, string? Value)[] said = [("user", parsed.GetValue(_user)), ("target", parsed.GetValue(_target)), ("client", parsed.GetValue(_client))];
        var query = string.Join('&', said.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
        if (await _admin.PostAsync("/disconnect?" + query, context.Error) is not var (status, answer)) return ExitCode.Failed;
        if (IsGiven(parsed, _json)) context.Print(output => output.WriteLine(answer.ToJsonString()));
        else if (status == HttpStatusCode.OK) context.Print(output => output.WriteLine($"Disconnected: {answer["disconnected"]}."));
        else AdminClient.WriteErrors(answer, context.Error);
        return status == HttpStatusCode.OK ? ExitCode.Done : ExitCode.Failed;
    }
}
