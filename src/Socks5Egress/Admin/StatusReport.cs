using System.Text.Json.Serialization;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Admin;

/// <summary>The gateway at a glance, as <c>/status</c> has it: what the verb <c>status</c> prints.</summary>
internal sealed record StatusReport(
    string Version, bool Ready, IReadOnlyList<string> Reasons, double UptimeS, IReadOnlyList<string> Listen, int Sessions, int Handshakes, long Ended,
    long Refused, double BytesUpPerS, double BytesDownPerS, IReadOnlyList<LimitReport> Limits, IReadOnlyList<RefusalReport> Refusals,
    IReadOnlyList<TargetReport> Targets, IReadOnlyList<FamilyReport> Identity)
{
    private const int Recent = 10, MaxTargets = 10;

    /// <summary>What is so now.</summary>
    public static StatusReport Of(GatewayStatus view, RecentActivity history, TimeSpan up)
    {
        var last = history.Points.TakeLast(Recent).ToList();
        var span = Math.Max(1, last.Count);
        return new StatusReport(
            ProgramVersion.Text, view.Readiness.Reasons.IsEmpty, [.. view.Readiness.Reasons, .. view.Readiness.Notes], Math.Round(up.TotalSeconds),
            [.. view.Loops.Select(loop => loop.Listener)], view.Sessions.Admitted, view.Sessions.Pending, view.Meters.Series.Sum(series => series.Ended),
            StateSection.Refused(view), last.Sum(second => (double)second.Up) / span, last.Sum(second => (double)second.Down) / span,
            [.. LimitReport.All(view)], [.. history.Mishaps.Select(RefusalReport.Of)], [.. TargetReport.Busiest(view.Sessions.All).Take(MaxTargets)],
            [.. FamilyReport.All(view.Identity())]);
    }
}

/// <summary>How full something is.</summary>
internal sealed record LimitReport(string Name, long Used, long Limit)
{
    public static IEnumerable<LimitReport> All(GatewayStatus view)
    {
        var limits = view.Limits;
        yield return new("sessions", view.Sessions.Admitted, limits.Sessions);
        if (limits.Pending > 0) yield return new("handshakes", view.Sessions.Pending, limits.Pending);
        yield return new("descriptors", GatewayStatus.OpenDescriptors, view.DescriptorLimit);
        if (view.Ceiling is not { Most: > 0 } ceiling) yield break;
        foreach (var (address, sessions) in view.Destinations) yield return new("to " + address, sessions, ceiling.Most);
    }
}

/// <summary>What was refused or failed lately, equal ones together.</summary>
internal sealed record RefusalReport(
    string End, string? Target, string? User, string Client, string? Rule, string? Hint, int Count, DateTimeOffset First, DateTimeOffset Last)
{
    public static RefusalReport Of(FailedSession mishap) => new(
        mishap.End.ToKebab(), mishap.Target, mishap.User, mishap.Client, mishap.Rule, mishap.Hint, mishap.Count, mishap.First, mishap.Time);
}

/// <summary>The open sessions to one target together.</summary>
internal sealed record TargetReport(string Target, int Sessions, long BytesUp, long BytesDown)
{
    public static IEnumerable<TargetReport> Busiest(IEnumerable<ILiveSession> sessions) =>
        from session in sessions
        where session.Record.Target is not null
        group session.Record by session.Record.Target.ToString() into target
        orderby target.Count() descending, target.Key
        select new TargetReport(target.Key, target.Count(), target.Sum(record => record.Traffic.BytesUp), target.Sum(record => record.Traffic.BytesDown));
}

/// <summary>From which address one family leaves.</summary>
internal sealed record FamilyReport(string Family, string State, IReadOnlyList<string> Expected, string? Seen)
{
    public static IEnumerable<FamilyReport> All(EgressIdentity identity) => identity.Expected.IsEmpty ? [] : identity.Families.Select(family => new FamilyReport(
        FamilyName.Of(family), IdentityState.Of(identity.Of(family)), [.. identity.ExpectedOf(family).Select(address => address.ToString())],
        identity.Of(family).Address?.ToString()));
}

/// <summary>The report as JSON; the names are a promise, as those of the log.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
