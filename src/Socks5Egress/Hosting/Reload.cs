using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Socks5Egress.Grants;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// Reads the configuration again on SIGHUP and when one of its files changes, users and certificates among them: validated first, swapped
/// whole; one error and nothing has changed. Sessions are then judged by the new rules.
/// </summary>
internal sealed class Reload(
    ConfigurationSource source, WatchedFiles files, Certificates certificates, Rulebooks rulebooks, Entrances entrances, LiveRules rules, ILogger logger,
    Supervisor supervisor) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _asked = new(0);
    private PosixSignalRegistration? _hangUp;
    private BackgroundLoop? _loop;
    private GatewaySettings _now = source.First;

    /// <summary>Begins to listen for the signal and to look at the files.</summary>
    public void Start()
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Release();
        });
        // Files may lie on a file system that hangs: that is nobody else's wait
        _loop = supervisor.Loop("reload", RunAsync, onOwnThread: true);
    }

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null) await _loop.DisposeAsync();
        _hangUp?.Dispose();
    }

    // Looking once a second needs no watch of a folder
    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var signalled = await WaitAsync(stop);
            if (stop.IsCancellationRequested) return;
            if (files.Changed(_now) || signalled) Once();
        }
    }

    private async Task<bool> WaitAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var asked = _asked.WaitAsync(over.Token);
        await Task.WhenAny(asked, Task.Delay(Look, supervisor.Time, over.Token));
        await over.CancelAsync();
        try
        {
            await asked;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Once()
    {
        var loaded = source.Load();
        if (loaded.Settings is not { } next)
        {
            Refuse(loaded.Errors);
            return;
        }
        if (entrances.Missing(next.Listeners).Any())
        {
            Refuse(["Listeners: where it listens changes only with a restart"]);
            return;
        }
        var renewed = certificates.Renew(next);
        rules.Change(now => rulebooks.Of(next, now));
        _now = next;
        Log.Reloaded(logger, next.Users.Users.Count, next.Policies.Length + 1);
        foreach (var file in renewed) Log.CertificateChanged(logger, file);
        if (FixedSettings.Changed(source.Start, loaded) is { IsEmpty: false } keys) Log.RestartNeeded(logger, string.Join(", ", keys));
        foreach (var warning in next.Warnings) Log.ConfigurationWarning(logger, warning);
    }

    private void Refuse(ImmutableArray<string> errors) => Log.ReloadRefused(logger, string.Join("; ", errors));
}
