using System.Text.Json.Serialization;
using Socks5Egress.Fly;
using Socks5Egress.Fly.Audit;
using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Cli.Fly;

internal sealed record EgressRow(string Address, int Version, string Scope, string Region, string? Machine, string Id, DateTimeOffset? UpdatedAt)
{
    public static EgressRow Of(EgressAddress address) => new(
        address.Address.ToString(), address.Version, address.IsMachineScoped ? "machine" : "app", address.Region, address.Machine, address.Id,
        address.UpdatedAt);
}

internal sealed record AllocatedRow(string App, string? Region, string? Machine, string? V4, string? V6, bool? Seen, string? Complaint);

internal sealed record ReleasedRow(string App, IEnumerable<string> Released, IEnumerable<string> StillListed, string? Complaint);

internal sealed record PromotedRow(string App, IEnumerable<string> Promoted);

internal sealed record AuditRow(
    string App, decimal MonthlyCostUsd, IEnumerable<EgressRow> Addresses, IEnumerable<IngressAddress> Ingress, IEnumerable<FlyMachine> Machines,
    double? MachinesPerAddress, IEnumerable<FindingRow> Findings, IEnumerable<string> Cidr, IEnumerable<string> PgHba);

internal sealed record WatchRow(string App, int? SecondsDown, int CommandExit, IEnumerable<FindingRow> Findings);

internal sealed record FindingRow(string Severity, string Code, string Subject, string Sentence)
{
    public static FindingRow Of(EgressFinding finding) => new(finding.Severity.ToText(), finding.Code, finding.Subject, finding.Sentence);
}

internal sealed record TomlRow(string File, int Line, string Severity, string Key, string Sentence)
{
    public static TomlRow Of(string file, TomlFinding finding) => new(file, finding.Line, finding.Severity.ToText(), finding.Key, finding.Sentence);
}

/// <summary>What the verbs of <c>egress</c> and the audit of a fly.toml print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IEnumerable<EgressRow>))]
[JsonSerializable(typeof(AllocatedRow))]
[JsonSerializable(typeof(ReleasedRow))]
[JsonSerializable(typeof(PromotedRow))]
[JsonSerializable(typeof(AuditRow))]
[JsonSerializable(typeof(WatchRow))]
[JsonSerializable(typeof(IEnumerable<TomlRow>))]
internal sealed partial class EgressJson : JsonSerializerContext;
