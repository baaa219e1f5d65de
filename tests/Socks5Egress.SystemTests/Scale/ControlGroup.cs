using System.Globalization;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Limits of memory and processor as a container has them, set on control groups of the test's own (version 2, or 1 where that is what there is).</summary>
internal sealed class ControlGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private const int PeriodMicroseconds = 100_000;

    private readonly string[] _folders;

    private ControlGroup(string[] folders) => _folders = folders;

    /// <summary>What stands in front of a command that shall run inside.</summary>
    public IReadOnlyList<string> Through
    {
        get
        {
            string[] enter = [.. _folders.Select(folder => $"echo $$ > {folder}/cgroup.procs")];
            return ["sh", "-c", string.Join(" && ", [.. enter, "exec \"$0\" \"$@\""])];
        }
    }

    /// <returns>Null where this machine does not let us make one.</returns>
    public static ControlGroup? TryMake(long bytes, double cores)
    {
        var name = "socks5egress-test-" + Guid.NewGuid().ToString("N")[..8];
        var quota = ((int)(cores * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture);
        var memory = bytes.ToString(CultureInfo.InvariantCulture);
        return TryMake(
                (Path.Combine(Root, name), [("memory.max", memory), ("cpu.max", $"{quota} {PeriodMicroseconds}")]))
            ?? TryMake(
                (Path.Combine(Root, "memory", name), [("memory.limit_in_bytes", memory)]),
                (Path.Combine(Root, "cpu", name), [("cpu.cfs_period_us", $"{PeriodMicroseconds}"), ("cpu.cfs_quota_us", quota)]));
    }

    public void Dispose()
    {
        foreach (var folder in _folders) Remove(folder);
    }

    private static ControlGroup? TryMake(params (string Folder, (string File, string Value)[] Limits)[] groups)
    {
        try
        {
            foreach (var (folder, limits) in groups)
            {
                Directory.CreateDirectory(folder);
                foreach (var (file, value) in limits)
                {
                    // A file that is not there already is no limit: the folder is an ordinary one
                    if (!File.Exists(Path.Combine(folder, file))) throw new IOException($"{folder} has no {file}");
                    File.WriteAllText(Path.Combine(folder, file), value);
                }
            }
            return new ControlGroup([.. groups.Select(group => group.Folder)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            foreach (var (folder, _) in groups) Remove(folder);
            return null;
        }
    }

    private static void Remove(string folder)
    {
        if (!Directory.Exists(folder)) return;
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // The kernel is still letting the last process of it go; an empty group costs nothing
        }
    }
}
