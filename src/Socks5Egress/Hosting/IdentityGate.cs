using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Identity;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// Keeps the listeners closed until the gateway leaves from where it should. On Fly.io a name lists every started Machine, ready or not, so
/// a closed port is the only way to send a client to the next one.
/// </summary>
internal sealed class IdentityGate : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly IdentityMonitor _monitor;
    private readonly BackgroundLoop _loop;

    public IdentityGate(IdentitySettings settings, Resolver resolver, EgressAddresses sources, ILogger logger, Supervisor supervisor)
    {
        _logger = logger;
        var dial = new ProbeSocket(resolver, sources).DialAsync;
        _monitor = new IdentityMonitor(
            new EgressIdentity { Mode = settings.Mode, Expected = settings.Expected },
            [.. settings.Probes.Select(probe => ProbeText.Create(probe, new ProbeDial(dial)))], settings.Interval, supervisor.Time, Report);
        _loop = supervisor.Loop("identity", _monitor.RunAsync);
    }

    /// <summary>What is known now.</summary>
    public EgressIdentity Current => _monitor.Current;

    /// <summary>Whether connections of this family are made now.</summary>
    public bool Uses(AddressFamily family) => _monitor.Current.Uses(family);

    /// <summary>Waits until the listeners may open.</summary>
    /// <param name="admin">Where to ask why not.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>False when a signal came first.</returns>
    public async Task<bool> WaitAsync(string? admin, CancellationToken cancellation)
    {
        if (_monitor.Open.IsCompleted) return true;
        using var signalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            signalled.Cancel();
        }

        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        Log.IdentityWaiting(_logger, string.Join(", ", _monitor.Current.Expected), admin);
        await _monitor.Open.WaitAsync(signalled.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !signalled.IsCancellationRequested;
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private void Report(EgressIdentity last, EgressIdentity next)
    {
        foreach (var family in next.Families.Where(family => last.Of(family) != next.Of(family)))
        {
            var state = next.Of(family);
            if (state is { Proof: Proof.Proven, Mismatch: false }) Log.IdentityProven(_logger, FamilyName.Of(family), state.Address!);
        }

        foreach (var reason in next.Reasons.Except(last.Reasons)) Log.IdentityAlarm(_logger, reason);
    }
}
