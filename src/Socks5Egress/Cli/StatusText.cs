using System.Globalization;
using Socks5Egress.Admin;

namespace Socks5Egress.Cli;

/// <summary>The status as a person reads it in a terminal of 80 columns: trouble first.</summary>
internal static class StatusText
{
    private const int MaxRefusals = 10, BarWidth = 20;

    public static void Write(TextWriter output, StatusReport report, DateTimeOffset now)
    {
        output.WriteLine($"{(report.Ready ? "Ready" : "Not ready")}, up {HumanReadable.Time(TimeSpan.FromSeconds(report.UptimeS))}, {report.Version}"
            + (report.Listen.Count == 0 ? "" : ", listens on " + string.Join(" and ", report.Listen)));
        foreach (var reason in report.Reasons) output.WriteLine("  " + Plain(reason));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Sessions} sessions, {report.Handshakes} in handshake; {report.Ended} ended, {report.Refused} refused; ")
            + $"up {HumanReadable.Bytes(report.BytesUpPerS)}/s, down {HumanReadable.Bytes(report.BytesDownPerS)}/s");

        Title(output, "Refused and failed lately");
        if (report.Refusals.Count == 0) output.WriteLine("  Nothing was refused and nothing has failed.");
        foreach (var refusal in report.Refusals.Take(MaxRefusals)) Write(output, refusal, now);
        if (report.Refusals.Count > MaxRefusals) output.WriteLine($"  {report.Refusals.Count - MaxRefusals} more kinds; --json has them all.");

        Title(output, "Limits");
        foreach (var limit in report.Limits) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Bar(limit)} {limit.Used} of {limit.Limit} {limit.Name}"));

        if (report.Targets.Count > 0) Title(output, "Targets");
        foreach (var target in report.Targets)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {target.Sessions,6} {Plain(target.Target)}, up {HumanReadable.Bytes(target.BytesUp)}, down {HumanReadable.Bytes(target.BytesDown)}"));

        Title(output, "Egress identity");
        if (report.Identity.Count == 0) output.WriteLine("  No address is expected; --expect-egress names one.");
        foreach (var family in report.Identity)
            output.WriteLine($"  {family.Family}: {family.State}, expected {string.Join(" or ", family.Expected)}, {(family.Seen is null ? "nothing seen yet" : "seen " + family.Seen)}");
    }

    private static void Write(TextWriter output, RefusalReport refusal, DateTimeOffset now)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {refusal.Count} x {refusal.End}")
            + (refusal.Target is null ? "" : " to " + Plain(refusal.Target)) + (refusal.User is null ? "" : " by " + Plain(refusal.User)) + " from " + refusal.Client
            + (refusal.Rule is null ? "" : ", rule " + Plain(refusal.Rule))
            + string.Create(CultureInfo.InvariantCulture, $"; last {HumanReadable.Time(now - refusal.Last)} ago, {refusal.Last.UtcDateTime:HH:mm:ss} UTC"));
        if (refusal.Hint is not null) output.WriteLine("      " + refusal.Hint);
    }

    private static void Title(TextWriter output, string title)
    {
        output.WriteLine();
        output.WriteLine(title);
    }

    private static string Bar(LimitReport limit)
    {
        var full = limit.Limit <= 0 ? 0 : (int)Math.Ceiling(BarWidth * Math.Min(1, (double)limit.Used / limit.Limit));
        return "[" + new string('#', full) + new string('.', BarWidth - full) + "]";
    }

    /// <summary>Names are chosen by clients: none of them may steer the terminal.</summary>
    private static string Plain(string text) => new([.. text.Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
