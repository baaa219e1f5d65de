using System.Buffers.Text;
using System.Globalization;
using Socks5Egress.Compare.Load;

namespace Socks5Egress.Compare.Proxies;

/// <summary>A process and everything it has forked: what the proxy costs, whatever its architecture.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;
    private const double KibibytesPerMebibyte = 1024;

    /// <summary>The process and its descendants that are alive.</summary>
    public static List<int> Of(int root)
    {
        List<(int Pid, int Parent)> all = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, null, out int pid) && Stat(pid) is { } stat)
                all.Add((pid, stat.Parent));
        }

        List<int> tree = [root];
        for (int i = 0; i < tree.Count; i++)
            tree.AddRange(all.Where(process => process.Parent == tree[i]).Select(process => process.Pid));
        return tree;
    }

    /// <summary>Seconds of CPU used so far; children that were waited for are in their parent's account, in steps of 10 ms.</summary>
    public static double CpuSeconds(int root)
    {
        double seconds = 0;
        foreach (int pid in Of(root))
        {
            seconds += Math.Max(0, Libc.CpuTime(pid)) / 1e9;
            if (Stat(pid) is { } stat) seconds += stat.ReapedTicks / TicksPerSecond;
        }
        return seconds;
    }

    /// <summary>Resident memory in MiB: shared pages divided between those that share them, and counted whole.</summary>
    public static Resident Memory(int root)
    {
        double pss = 0, rss = 0;
        foreach (int pid in Of(root))
        {
            try
            {
                foreach (string line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
                {
                    if (line.StartsWith("Pss:", StringComparison.Ordinal)) pss += Kibibytes(line);
                    if (line.StartsWith("Rss:", StringComparison.Ordinal)) rss += Kibibytes(line);
                }
            }
            catch (IOException)
            {
                // It ended between the listing and the look
            }
        }
        return new Resident(pss / KibibytesPerMebibyte, rss / KibibytesPerMebibyte);
    }

    private static double Kibibytes(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static (int Parent, long ReapedTicks)? Stat(int pid)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null;
        }

        // The name may hold anything, blanks and brackets too: the fields begin behind the last bracket, with the state as field 3
        ReadOnlySpan<byte> rest = text.AsSpan(text.AsSpan().LastIndexOf((byte)')') + 2);
        long parent = 0, reaped = 0;
        for (int field = 3; field <= 17 && rest.Length > 0; field++)
        {
            int end = rest.IndexOf((byte)' ');
            if (field == 4) _ = Utf8Parser.TryParse(rest[..end], out parent, out _);
            if (field is 16 or 17 && Utf8Parser.TryParse(rest[..end], out long ticks, out _)) reaped += ticks;
            rest = rest[(end + 1)..];
        }
        return ((int)parent, reaped);
    }
}

/// <param name="Pss">MiB, shared pages divided between the processes that map them.</param>
/// <param name="Rss">MiB, shared pages counted in each process.</param>
internal readonly record struct Resident(double Pss, double Rss);
