using System.Runtime.InteropServices;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>kill(2), which <see cref="System.Diagnostics.Process"/> has for SIGKILL only.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    /// <summary>Sends it; what has ended already is passed over.</summary>
    public static void Send(int pid, int signal) => _ = NativeKill(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int pid, int signal);
}
