using System.Runtime.InteropServices;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>kill(2), which <see cref="System.Diagnostics.Process"/> has for SIGKILL only.</summary>
internal static partial class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    public static void Send(int pid, int signal)
    {
        if (NativeKill(pid, signal) != 0)
            throw new InvalidOperationException($"kill({pid}, {signal}) failed with errno {Marshal.GetLastPInvokeError()}");
    }

    /// <returns>False when there is no such process any more.</returns>
    public static bool TrySend(int pid, int signal) => NativeKill(pid, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int pid, int signal);
}
