using System.CommandLine;
using System.Globalization;
using Socks5Egress.Fly.Api;
using Socks5Egress.Fly.Audit;
using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress audit</c>: what is allocated, against allow-lists, fly.toml and the Machines. Exit code 1 on findings.</summary>
internal sealed class EgressAuditVerb : EgressSubverb
{
    private static readonly string[] Formats = ["text", "json", "pg_hba", "cidr"];

    private readonly EgressAllowListOption _lists = new();
    private readonly Option<string> _flyToml = new("--fly-toml") { HelpName = "FILE", Description = "The app's configuration, to be compared and audited too" };
    private readonly Option<string> _format = new("--format")
    {
        HelpName = "NAME", Description = "text, json, pg_hba or cidr: the last two print what the other side has to let in. [default: text]",
    };

    private TomlNode? _file;

    public EgressAuditVerb()
        : base("audit", "Compare the static addresses with allow-lists, fly.toml and the Machines; exit code 1 on findings")
    {
        Options.Add(_lists.Option);
        Options.Add(_flyToml);
        Options.Add(_format);
    }

    public override IReadOnlyList<string> Usage => ["egress audit --app NAME [--allow-list FILE …] [--fly-toml FILE] [--format NAME | --json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress egress audit --app egress --allow-list db-allowed.txt --fly-toml fly.toml", "In CI, with a read-only token of the organisation"),
        ("socks5egress egress audit --app egress --format pg_hba", "The lines for pg_hba.conf"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        foreach (var fault in _lists.Read(parsed)) yield return fault;
        if (parsed.GetValue(_format) is { } format && !Formats.Contains(format)) yield return $"--format: '{format}' is none of {string.Join(", ", Formats)}";
        if (parsed.GetValue(_flyToml) is not { } file) yield break;
        _file = EgressTomlFile.Read(file, out var broken);
        if (broken is not null) yield return "--fly-toml: " + broken;
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var egress = await call.Addresses.EgressAsync(call.App, cancellation);
        if (egress.Error is { } error) return Fail(call.Context, error.Sentence);
        var ingress = await call.Addresses.IngressAsync(call.App, cancellation);
        var machines = await call.Api.MachinesAsync(call.App, cancellation);
        var state = new AppState(call.App, egress.Value!, ingress.Value ?? [], machines.Value);

        List<EgressFinding> findings =
        [
            .. NotRead(ingress.Error, "the addresses that the app is reached at"), .. NotRead(machines.Error, "the Machines"),
            .. EgressAudit.Audit(state, _lists.Lists, _file),
            .. (_file is null ? [] : FlyTomlAudit.Audit(_file)).Select(finding =>
                new EgressFinding(finding.Severity, "fly-toml", $"{call.Parsed.GetValue(_flyToml)}:{finding.Line}: {finding.Key}", finding.Sentence)),
        ];
        Write(call, state, findings);
        return findings.Any(finding => finding.Severity > Severity.Note) ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>What could not be read was not audited: that is a finding, and the rest is still worth knowing.</summary>
    private static IEnumerable<EgressFinding> NotRead(FlyError? error, string what) =>
        error is null ? [] : [new(Severity.Critical, "not-read", what, "could not be read and were not audited: " + error.Sentence)];

    private void Write(EgressCall call, AppState state, List<EgressFinding> findings)
    {
        var format = call.Json ? "json" : call.Parsed.GetValue(_format) ?? "text";
        var v4 = state.Egress.Count(address => address.Version == 4);
        double? load = v4 == 0 || state.Machines is null ? null : (double)state.Machines.Count / v4;
        switch (format)
        {
            case "json":
                WriteJson(
                    call.Output,
                    new(state.App, EgressAudit.MonthlyCost(state), state.Egress.Select(EgressRow.Of), state.Ingress, state.Machines ?? [], load, findings.Select(FindingRow.Of),
                        AllowListSnippet.Cidr(state.Egress), AllowListSnippet.PgHba(state.Egress)),
                    EgressJson.Default.AuditRow);
                return;
            case "cidr" or "pg_hba":
                foreach (var line in format == "cidr" ? AllowListSnippet.Cidr(state.Egress) : AllowListSnippet.PgHba(state.Egress)) call.Output.WriteLine(line);
                foreach (var finding in findings) call.Context.Error.WriteLine(Line(finding));
                return;
            default:
                call.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{state.App}: {v4} IPv4 and {state.Egress.Count - v4} IPv6 addresses, {state.Machines?.Count.ToString(CultureInfo.InvariantCulture) ?? "?"} Machines" +
                    $"{(load is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({load:0.#} an address, at most {EgressAudit.MachinesAnAddress})"))}, " +
                    $"US$ {EgressAudit.MonthlyCost(state):0.00} a month."));
                foreach (var finding in findings) call.Output.WriteLine(Line(finding));
                if (findings.Count == 0) call.Output.WriteLine("Nothing found.");
                return;
        }
    }

    private static string Line(EgressFinding finding) => $"{finding.Severity.ToText()}: {finding.Code}: {finding.Subject} {finding.Sentence}";
}
