using System.CommandLine;
using Socks5Egress.Fly;
using Socks5Egress.Fly.Api;
using Socks5Egress.Protocol;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress promote</c>: makes a Machine's addresses the app's own, so that they survive the Machine.</summary>
internal sealed class EgressPromoteVerb : EgressSubverb
{
    private readonly Argument<string?> _address = new("ADDRESS") { Arity = ArgumentArity.ZeroOrOne, Description = "A machine-scoped address; or --machine" };
    private readonly Option<string> _machine = new("--machine") { HelpName = "ID", Description = "Promote all that this Machine has" };

    public EgressPromoteVerb()
        : base("promote", "Make a Machine's static addresses the app's own, in its region. Traffic may pause for a few minutes")
    {
        Arguments.Add(_address);
        Options.Add(_machine);
    }

    public override IReadOnlyList<string> Usage => ["egress promote ADDRESS --app NAME [--json]", "egress promote --machine ID --app NAME [--json]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        var address = parsed.GetValue(_address);
        if (address is null == parsed.GetValue(_machine) is null) yield return "promote takes either ADDRESS or --machine ID";
        if (address is not null && !AddressLiteral.TryParse(address, out _)) yield return $"ADDRESS: '{address}' is not an address";
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var machine = call.Parsed.GetValue(_machine);
        var wanted = AddressLiteral.TryParse(call.Parsed.GetValue(_address), out var literal) ? literal : null;
        var promoted = new List<string>();
        while (true)
        {
            // Listed anew after each: whether one call takes the pair along is not documented
            var listed = await call.Addresses.EgressAsync(call.App, cancellation);
            if (listed.Error is { } failure) return Fail(call.Context, failure.Sentence);
            var next = listed.Value!.FirstOrDefault(address =>
                (wanted is null ? address.Machine == machine : address.Address.Equals(wanted) && address.IsMachineScoped) &&
                !promoted.Contains(address.Address.ToString()));
            if (next is null && promoted.Count > 0) break;
            if (next is null) return Fail(call.Context, $"{call.App} has no machine-scoped address {wanted?.ToString() ?? "on " + machine}: nothing was promoted.");
            if (await call.ChangeAsync(token => call.Api.PromoteAsync(call.App, next.Address, token), cancellation) is { } error) return FailChange(call, error);
            promoted.Add(next.Address.ToString());
        }

        if (call.Json) WriteJson(call.Output, new(call.App, promoted), EgressJson.Default.PromotedRow);
        else call.Output.WriteLine($"Promoted {string.Join(" and ", promoted)}: kept over deploys from now on.");
        return ExitCode.Done;
    }
}
