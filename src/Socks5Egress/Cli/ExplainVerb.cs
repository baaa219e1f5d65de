using System.CommandLine;
using System.Text.Json;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Explaining;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Hosting;
using Socks5Egress.Protocol;

namespace Socks5Egress.Cli;

/// <summary><c>explain</c>: what would become of a request, judged by the stages that <c>run</c> has, without dialling.</summary>
internal sealed class ExplainVerb : Verb
{
    public const string VerbName = "explain";
    public const string Summary = "Say which rule decides about a target, without dialling it";

    private const string Nobody = "-";

    private readonly Argument<string> _user = new("USER") { Description = "Who asks; - for a client that does not log in" };
    private readonly Argument<string> _target = new("HOST:PORT") { Description = "What is asked for; an IPv6 address in brackets" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };
    private readonly SettingOptions _settings;
    private LoadedConfiguration? _loaded;
    private Destination _destination;

    public ExplainVerb()
        : base(VerbName, Summary + ". A name is looked up. Exit code 1 when it would not get there. Takes every option of run.")
    {
        Arguments.Add(_user);
        Arguments.Add(_target);
        Options.Add(_json);
        _settings = new SettingOptions(this);
    }

    public override IReadOnlyList<string> Usage => ["explain USER HOST:PORT [--config FILE] [--json] [OPTIONS OF run]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings
        => [("Options", [.. _settings.Headings[0].Options, _json])];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
        [("socks5egress explain - db.example.com:5432 --default none --allow '*.example.com:5432'", "Would this rule do?")];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        _loaded = _settings.Load(parsed, context);
        foreach (var error in _loaded.Errors) yield return error;
        if (parsed.GetResult(_target)?.Tokens is [var target, ..] && HostPortArgument.Parse(target.Value, out _destination) is { } wrong)
            yield return $"HOST:PORT: {wrong}";
        if (parsed.GetResult(_user)?.Tokens is not [var user, ..] || user.Value == Nobody) yield break;
        if (user.Value.Contains(':', StringComparison.Ordinal) && _loaded.Settings?.Tls.Any(tls => tls.TakesAnyUser) != true)
            yield return "USER: a name has no colon; write it without the password";
        else if (_loaded.Settings is { Users.Users: { Count: > 0 } users } && !users.Names.Contains(user.Value))
            yield return $"USER: there is no user '{user.Value}'";
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        var settings = _loaded!.Settings!;
        var own = settings.Listeners.Select(listener => listener.EndPoint);
        var (addresses, networks) = LocalAddresses.Now();
        var local = new LocalEndpoints(settings.Admin is null ? own : own.Append(settings.Admin), addresses, networks);
        var rules = new SnapshotFactory(local, DescriptorLimit.Sessions(DescriptorLimit.Raise()), TimeProvider.System).Of(settings, null);
        using var resolver = Resolvers.OfVerb(settings.Dial);
        var user = parsed.GetValue(_user);
        var explanation = await PolicyExplainer.OfAsync(
            rules, resolver, user == Nobody ? null : user, _destination, settings.Timeouts.Connect);
        var printed = context.Print(output =>
        {
            if (IsGiven(parsed, _json)) output.WriteLine(JsonSerializer.Serialize(explanation, ExplanationJson.Default.Explanation));
            else output.Write(ExplanationText.Render(explanation));
        });
        // A script asks whether it would be let through
        return printed != ExitCode.Done || explanation.Verdict is ExplainedVerdict.Allow or ExplainedVerdict.Report ? printed : ExitCode.Failed;
    }
}
