namespace Socks5Egress.SystemTests.Harness;

/// <summary>Gives one process names of its own, without touching the machine's <c>/etc/hosts</c>. Needs root.</summary>
internal static class HostsFile
{
    /// <summary>The command in front of a program that shall see these lines as <c>/etc/hosts</c>.</summary>
    public static IReadOnlyList<string> Through(TemporaryFolder folder, params string[] lines)
    {
        var hosts = folder.Write("hosts", string.Join('\n', lines) + "\n");
        // A mount namespace of its own: the bind mount is seen by nobody else and ends with the process
        return ["unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts];
    }
}
