using System.Runtime.InteropServices;
using Socks5Egress.Exec.Namespace;

namespace Socks5Egress.Exec;

/// <summary>Passes signals on to the command. Those that a terminal has sent to both of us the helper leaves out.</summary>
internal sealed class CommandSignals : IDisposable
{
    // SIGUSR1 and SIGUSR2 have no name in PosixSignal, and not every system has SIGCONT; positive numbers are taken as the system's own
    private static readonly (PosixSignal Signal, int Number)[] PassedOn =
    [
        (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), ((PosixSignal)10, 10), ((PosixSignal)12, 12),
        (PosixSignal.SIGTERM, 15), ((PosixSignal)18, 18),
    ];

    private readonly List<PosixSignalRegistration> _registrations;

    public CommandSignals(RunningHelper helper) => _registrations = [.. PassedOn.Select(each => PosixSignalRegistration.Create(each.Signal, context =>
    {
        context.Cancel = true;
        helper.Signal(each.Number);
    }))];

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }
}
