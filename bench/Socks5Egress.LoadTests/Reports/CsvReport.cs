using System.Globalization;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>A row a scenario, for a spreadsheet.</summary>
internal static class CsvReport
{
    public static string Of(LoadRun run)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine("scenario,seconds,ok,failed,per_second,mib_per_second,p50_ms,p75_ms,p95_ms,p99_ms,worst_ms,gateway_cores,generator_cores,machine_cores,gateway_mib");
        foreach (var stats in run.Scenarios)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{stats.Name},{stats.Seconds:0.0},{stats.OkCount},{stats.FailCount},{stats.PerSecond:0.0},{stats.MiBPerSecond:0.0},{stats.Percent50},{stats.Percent75},{stats.Percent95},{stats.Percent99},{stats.Worst},{stats.Cost?.Gateway:0.000},{stats.Cost?.Generator:0.000},{stats.Cost?.Machine:0.000},{stats.Cost?.GatewayMiB:0}"));
        }
        return text.ToString();
    }
}
