using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A network of the test's own, with loopback up; it ends with its one process.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CloneNewNet = 0x40000000;

    private readonly Process _holder;

    private NetworkNamespace(Process holder) => _holder = holder;

    /// <summary>What a program is started through so that it runs there.</summary>
    public IReadOnlyList<string> Through => ["nsenter", $"--net={Path}"];

    public int Pid => _holder.Id;

    private string Path => $"/proc/{_holder.Id}/ns/net";

    /// <summary>Makes one, and runs these commands of a shell in it.</summary>
    public static async Task<NetworkNamespace> CreateAsync(string commands = "")
    {
        var start = new ProcessStartInfo("unshare", ["--net", "sh", "-c", $"set -e; ip link set lo up; {commands}\necho ready; exec sleep 600"])
        {
            RedirectStandardOutput = true,
        };
        var made = new NetworkNamespace(Process.Start(start)!);
        using var deadline = Deadline.Token();
        if (await made._holder.StandardOutput.ReadLineAsync(deadline.Token) == "ready") return made;
        made.Dispose();
        throw new InvalidOperationException("A network namespace could not be made: these tests run as root");
    }

    /// <summary>Joins two of them by a cable: 192.0.2.1 at the end of <paramref name="one"/>, 192.0.2.2 at the other.</summary>
    public static async Task JoinAsync(NetworkNamespace one, NetworkNamespace other)
    {
        await RunAsync("ip", "link", "add", "cable", "netns", $"{one.Pid}", "type", "veth", "peer", "name", "cable", "netns", $"{other.Pid}");
        foreach (var (space, address) in new[] { (one, "192.0.2.1/24"), (other, "192.0.2.2/24") })
        {
            await space.RunInsideAsync("ip", "address", "add", address, "dev", "cable");
            await space.RunInsideAsync("ip", "link", "set", "cable", "up");
        }
    }

    /// <summary>Pulls the cable out: what is sent arrives nowhere, and nobody is told.</summary>
    public Task UnplugAsync() => RunInsideAsync("ip", "link", "set", "cable", "down");

    /// <summary>Runs <paramref name="work"/> on a thread in this network: sockets that it opens stay there.</summary>
    public T Inside<T>(Func<T> work)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle(Path);
                if (SetNamespace((int)space.DangerousGetHandle(), CloneNewNet) != 0)
                    throw new InvalidOperationException($"setns failed with errno {Marshal.GetLastPInvokeError()}");
                result = work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("It failed in the other network.", failure);
    }

    public Task RunInsideAsync(params string[] command) => RunAsync("nsenter", [$"--net={Path}", .. command]);

    public void Dispose()
    {
        if (!_holder.HasExited) _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ExternalProgram.RunAsync(program, arguments);
        if (result.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);
}
