using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Socks5Egress.Configuration;

namespace Socks5Egress.LocalForward;

/// <summary>
/// Runs a program to its end with our standard input, output and error, and passes signals on to it. Its exit code is
/// 128+n when signal n ended it, as in a shell.
/// </summary>
internal static partial class ChildCommand
{
    /// <summary>Set for our own sockets at start-up; a .NET program under us must not run with it unasked.</summary>
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const int SIGTERM = 15;

    // SIGUSR1 and SIGUSR2 have no name in PosixSignal; positive numbers are taken as the system's own
    private static readonly PosixSignal[] PassedOn =
        [PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, (PosixSignal)10, (PosixSignal)12];

    /// <param name="words">The program and its arguments.</param>
    /// <param name="inputIsTerminal">Then Ctrl-C and Ctrl-\ reach the program by themselves, and are not passed on a second time.</param>
    /// <param name="keepPassword">It is to have the gateway's password too.</param>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, bool inputIsTerminal, bool keepPassword)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { UseShellExecute = false };
        start.Environment.Remove(InlineCompletions);
        if (!keepPassword) RemovePassword(start.Environment);
        var pid = 0;
        var early = 0;
        var registrations = PassedOn.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (inputIsTerminal && context.Signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT) return;
            if (Volatile.Read(ref pid) == 0) Volatile.Write(ref early, SIGTERM);
            else Send(pid, Number(context.Signal));
        })).ToList();
        try
        {
            using var process = Process.Start(start) ?? throw new Win32Exception();
            Volatile.Write(ref pid, process.Id);
            if (Volatile.Read(ref early) != 0) Send(pid, early);
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        finally
        {
            foreach (var registration in registrations) registration.Dispose();
        }
    }

    /// <summary>The command needs no login: it has ports that are logged in already. What it prints or passes on must not give it away.</summary>
    public static void RemovePassword(IDictionary<string, string?> environment)
    {
        environment.Remove(EnvironmentVariables.Password);
        if (environment.TryGetValue(EnvironmentVariables.Via, out var via) && SecretMask.HasPassword(via)) environment.Remove(EnvironmentVariables.Via);
    }

    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        PosixSignal.SIGTERM => SIGTERM,
        _ => (int)signal,
    };

    // A program that has just ended is no longer there to be told: ESRCH is of no interest
    private static void Send(int pid, int signal) => _ = Kill(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
