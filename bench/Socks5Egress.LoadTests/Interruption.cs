using System.Runtime.InteropServices;

namespace Socks5Egress.LoadTests;

/// <summary>
/// Turns SIGINT, SIGTERM and SIGHUP into a cancellation, so that everything that the run has started is ended by the run. What takes longer than a
/// minute is left.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int Base = 128;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private ITimer? _last;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Take(context, 2)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Take(context, 15)),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Take(context, 1)),
    ];

    public CancellationToken Token => _source.Token;

    /// <summary>128 and the signal's number; 0 when none has come.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _last?.Dispose();
        _source.Dispose();
    }

    private void Take(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (ExitCode != 0) return;
        ExitCode = Base + number;
        _last = TimeProvider.System.CreateTimer(_ => Environment.Exit(ExitCode), null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
