using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Socks5Egress.Compare.Runs;

/// <summary>Where a run was made, and with what.</summary>
internal sealed record Machine
{
    public string Processor { get; init; } = "";

    public int Cores { get; init; }

    public double MemoryGiB { get; init; }

    public string System { get; init; } = "";

    public string Kernel { get; init; } = "";

    public string Runtime { get; init; } = "";

    /// <summary>Of each proxy, as its package or the program itself says.</summary>
    public SortedDictionary<string, string> Versions { get; init; } = [];

    public static Machine Look(string ours) => new()
    {
        Processor = Field("/proc/cpuinfo", "model name"),
        Cores = Environment.ProcessorCount,
        MemoryGiB = Math.Round(long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024.0 / 1024, 1),
        System = Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"'),
        Kernel = Output("uname", "-r"),
        Runtime = RuntimeInformation.FrameworkDescription,
        Versions = new SortedDictionary<string, string>
        {
            ["socks5egress"] = Output(ours, "--version"),
            ["haproxy"] = Package("haproxy"),
            ["nginx"] = Package("libnginx-mod-stream"),
            ["microsocks"] = Package("microsocks"),
            ["dante"] = Package("dante-server"),
            ["socat"] = Package("socat"),
            ["stunnel"] = Package("stunnel4"),
            ["openssl"] = Package("libssl3"),
        },
    };

    private static string Package(string name) => Output("dpkg-query", "-W", "-f", "${Version}", name);

    private static string Field(string file, string name, char separator = ':')
    {
        string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown" : line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string Output(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true })!;
            string line = process.StandardOutput.ReadLine() ?? "";
            process.WaitForExit();
            return line.Length > 0 ? line : "unknown";
        }
        catch (Win32Exception)
        {
            return "not there";
        }
    }
}
