using System.CommandLine;
using Socks5Egress.Fly;

namespace Socks5Egress.Commands;

/// <summary><c>egress allocate</c>: a pair for a region of the app, or for one Machine.</summary>
internal sealed class EgressAllocateVerb : EgressSubverb
{
    private readonly Option<string> _region = new("--region") { HelpName = "R", Description = "Where the Machines run that leave from it; kept until released" };
    private readonly Option<string> _machine = new("--machine") { HelpName = "ID", Description = "For this Machine only (deprecated): lost when it is destroyed" };

    public EgressAllocateVerb()
        : base("allocate", "Allocate a pair of static egress addresses, one IPv4 and one IPv6, about US$ 3.60 a month")
    {
        Options.Add(_region);
        Options.Add(_machine);
    }

    public override IReadOnlyList<string> Usage => ["egress allocate --app NAME --region R [--json]", "egress allocate --app NAME --machine ID [--json]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        if (parsed.GetValue(_region) is null == parsed.GetValue(_machine) is null) yield return "--region or --machine is missing, or both are given: name one";
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var (region, machine) = (call.Parsed.GetValue(_region), call.Parsed.GetValue(_machine));
        var allocated = await call.Api.AllocateAsync(call.App, region, machine, cancellation);
        if (allocated.Error is { } error) return FailChange(call, error);
        var pair = allocated.Value!;
        if (call.Json) WriteJson(call.Output, new(call.App, region, machine, pair.IPv4?.ToString(), pair.IPv6?.ToString(), null, pair.Complaint), EgressJson.Default.AllocatedRow);
        else Write(call.Output, pair);
        if (pair.Complaint is { } complaint) return Fail(call.Context, complaint);
        return pair.Addresses.Count() == 2
            ? ExitCode.Done
            : Fail(call.Context, $"only one address was allocated: run `{CommandLine.Program} egress audit --app {call.App}`");
    }

    private static void Write(TextWriter output, AddressPair pair)
    {
        output.WriteLine("Allocated. Every allow-list needs both lines before a Machine leaves from them, which takes 5 to 10 minutes:");
        if (pair.IPv4 is { } v4) output.WriteLine($"{v4}/32");
        if (pair.IPv6 is { } v6) output.WriteLine($"{v6}/128");
    }
}
