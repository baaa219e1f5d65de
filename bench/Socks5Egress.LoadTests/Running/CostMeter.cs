using System.Globalization;

namespace Socks5Egress.LoadTests.Running;

/// <summary>Reads from <c>/proc</c> who uses the processor.</summary>
/// <param name="gateway">The gateway's process; null where it is not ours, and may be on another machine.</param>
internal sealed class CostMeter(int? gateway)
{
    private const double TicksPerSecond = 100;

    private double? _gateway;
    private double _own, _machine;

    public void Begin() => (_gateway, _own, _machine) = (GatewaySeconds(), OwnSeconds(), MachineSeconds());

    public Cost End(TimeSpan took) => new(
        (GatewaySeconds() - _gateway) / took.TotalSeconds,
        (OwnSeconds() - _own) / took.TotalSeconds,
        (MachineSeconds() - _machine) / took.TotalSeconds,
        Environment.ProcessorCount,
        gateway is { } pid ? ResidentMiB(pid) : null);

    /// <summary>Resident memory of a process.</summary>
    public static double ResidentMiB(int pid) =>
        Number(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    private double? GatewaySeconds() => gateway is { } pid ? ProcessSeconds(pid.ToString(CultureInfo.InvariantCulture)) : null;

    private static double OwnSeconds() => ProcessSeconds("self");

    private static double ProcessSeconds(string pid)
    {
        // Fields 14 and 15 of proc_pid_stat(5), counted after the name, which may hold anything
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    private static double MachineSeconds()
    {
        // cpu user nice system idle iowait irq softirq steal: everything but idle and iowait is work
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Skip(1).Take(8).Where((_, i) => i is not 3 and not 4).Sum(Number) / TicksPerSecond;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
