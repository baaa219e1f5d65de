using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>What the kernel says of a running process (proc(5)).</summary>
internal static class ProcessState
{
    public static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytes(int pid)
    {
        foreach (var line in File.ReadLines($"/proc/{pid}/status"))
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        return 0;
    }

    /// <summary>User and system time used so far. A tick is 10 ms on every Linux that .NET runs on.</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        // The name in parentheses may hold blanks; utime and stime are fields 14 and 15
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    /// <summary>Seconds that its threads ran, and that they were ready and had to wait for a processor (schedstat).</summary>
    public static (double Ran, double Waited) Scheduling(int pid)
    {
        var (ran, waited) = (0.0, 0.0);
        foreach (var thread in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            try
            {
                var fields = File.ReadAllText(thread + "/schedstat").Split(' ');
                ran += double.Parse(fields[0], CultureInfo.InvariantCulture) / 1e9;
                waited += double.Parse(fields[1], CultureInfo.InvariantCulture) / 1e9;
            }
            catch (IOException)
            {
                // It has ended
            }
        }
        return (ran, waited);
    }

    /// <summary>What the connection that came in at an IPv4 endpoint holds and has not been read (rx_queue), in bytes; 0 without one.</summary>
    public static long UnreadAt(IPEndPoint endPoint)
    {
        const string established = "01";
        var address = BinaryPrimitives.ReadUInt32LittleEndian(endPoint.Address.GetAddressBytes());
        var local = string.Create(CultureInfo.InvariantCulture, $"{address:X8}:{endPoint.Port:X4}");
        // The kernel may list a connection twice while others come and go
        return File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == established && fields[1] == local)
            .Select(fields => long.Parse(fields[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .DefaultIfEmpty().Max();
    }

    /// <summary>The IPv4 endpoints on which the process listens, for a process that tells nobody.</summary>
    public static IReadOnlyList<IPEndPoint> Listening(int pid)
    {
        const string listen = "0A";
        var inodes = Directory.GetFileSystemEntries($"/proc/{pid}/fd")
            .Select(link => new FileInfo(link).LinkTarget)
            .Where(target => target is not null && target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target![8..^1])
            .ToHashSet();
        var found = new List<IPEndPoint>();
        foreach (var line in File.ReadLines($"/proc/{pid}/net/tcp").Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[3] != listen || !inodes.Contains(fields[9])) continue;
            var local = fields[1].Split(':');
            var address = uint.Parse(local[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            found.Add(new IPEndPoint(address, int.Parse(local[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        }
        return found;
    }
}
