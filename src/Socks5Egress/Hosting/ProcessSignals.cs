using System.Runtime.InteropServices;

namespace Socks5Egress.Hosting;

/// <summary>
/// Handlers of signals, from their beginning to the end of the process. A registration that is disposed, or collected, gives the signal its default
/// meaning back: a SIGHUP behind the drain would then end the process as if it had failed.
/// </summary>
internal static class ProcessSignals
{
    private static readonly Lock Gate = new();
    private static readonly List<PosixSignalRegistration> Kept = [];

    /// <summary>Calls <paramref name="handler"/> at every such signal from here on.</summary>
    public static void Handle(PosixSignal signal, Action handler)
    {
        var registration = PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            handler();
        });
        lock (Gate) Kept.Add(registration);
    }
}
