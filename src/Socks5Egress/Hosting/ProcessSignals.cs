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

    private static Action? _hangUp;
    private static bool _wasAsked;

    /// <summary>
    /// SIGHUP ends the process no more, from here on: the first thing that a gateway does, as nobody who asks for a reload knows how far its start has come.
    /// </summary>
    public static void KeepHangUp() => Handle(PosixSignal.SIGHUP, static () => HangUp()?.Invoke());

    /// <summary>Calls <paramref name="handler"/> at every SIGHUP, and once at once when there was one already.</summary>
    public static void OnHangUp(Action handler)
    {
        bool wasAsked;
        lock (Gate) (_hangUp, wasAsked) = (handler, _wasAsked);
        if (wasAsked) handler();
    }

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

    private static Action? HangUp()
    {
        lock (Gate)
        {
            _wasAsked = true;
            return _hangUp;
        }
    }
}
