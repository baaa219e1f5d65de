using System.CommandLine;
using System.Globalization;
using Socks5Egress.Fly;
using Socks5Egress.Fly.Api;
using Socks5Egress.Fly.Audit;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress list</c>: every static address, the app's and its Machines'.</summary>
internal sealed class EgressListVerb : EgressSubverb
{
    private static readonly Dictionary<string, Func<EgressAddress[], IEnumerable<string>>> Formats = new()
    {
        ["cidr"] = addresses => AllowListSnippet.Cidr(addresses),
        ["pg_hba"] = addresses => AllowListSnippet.PgHba(addresses),
        // As Identity:Expect takes it
        ["expect"] = addresses => addresses.Length == 0 ? [] : [string.Join(',', addresses.Select(address => address.Address))],
    };

    private readonly Option<string> _format = new("--format")
    {
        HelpName = "cidr|pg_hba|expect", Description = "The lines that let them in on the other side, or the line that --expect-egress takes",
    };

    public EgressListVerb()
        : base("list", "List the static egress addresses of an app and of its Machines")
        => Options.Add(_format);

    public override IReadOnlyList<string> Usage => ["egress list [--app NAME] [--format cidr|pg_hba|expect | --json]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        if (parsed.GetValue(_format) is { } format && !Formats.ContainsKey(format)) yield return $"--format: '{format}' is none of {string.Join(", ", Formats.Keys)}";
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var addresses = await call.Addresses.EgressAsync(call.App, cancellation);
        if (addresses.Error is { } error) return Fail(call.Context, error.Sentence);
        if (call.Json) WriteJson(call.Output, addresses.Value!.Select(EgressRow.Of), EgressJson.Default.IEnumerableEgressRow);
        else if (call.Parsed.GetValue(_format) is { } format) foreach (var line in Formats[format](addresses.Value!)) call.Output.WriteLine(line);
        else Write(call.Output, addresses.Value!);
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, EgressAddress[] addresses)
    {
        if (addresses.Length == 0)
        {
            output.WriteLine("No static egress address.");
            return;
        }

        const string Columns = "{0,-40} {1,-8} {2,-8} {3,-16} {4}";
        output.WriteLine(string.Format(CultureInfo.InvariantCulture, Columns, "ADDRESS", "SCOPE", "REGION", "MACHINE", "SINCE"));
        foreach (var address in addresses)
        {
            output.WriteLine(string.Format(
                CultureInfo.InvariantCulture, Columns, address.Address, address.IsMachineScoped ? "machine" : "app", address.Region, address.Machine ?? "-",
                address.UpdatedAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-"));
        }
    }
}
