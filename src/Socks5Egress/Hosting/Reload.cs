using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Socks5Egress.Hosting.Configuration;

namespace Socks5Egress.Hosting;

/// <summary>
/// Reads the configuration again on SIGHUP and when one of its files changes, users and certificates among them: validated first, swapped
/// whole; one error and nothing has changed. Sessions are then judged by the new rules.
/// </summary>
internal sealed class Reload(
    ConfigurationSource source, WatchedFiles files, Certificates certificates, Rulebooks rulebooks, LiveRules rules, LiveSessions sessions, ILogger logger,
    TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private PosixSignalRegistration? _hangUp;
    private Task _running = Task.CompletedTask;
    private GatewaySettings _now = source.First;

    /// <summary>Begins to listen for the signal and to look at the files.</summary>
    public void Start()
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Release();
        });
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _hangUp?.Dispose();
    }

    // Looking once a second needs no watch of a folder
    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var signalled = await WaitAsync();
            if (_stop.IsCancellationRequested) return;
            if (files.Changed(_now) || signalled) Once();
        }
    }

    private async Task<bool> WaitAsync()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var asked = _asked.WaitAsync(over.Token);
        await Task.WhenAny(asked, Task.Delay(Look, time, over.Token));
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
        if (!next.Listeners.Select(listener => listener.EndPoint).SequenceEqual(_now.Listeners.Select(listener => listener.EndPoint)))
        {
            Refuse(["Listeners: where it listens changes only with a restart"]);
            return;
        }
        var renewed = certificates.Renew(next);
        rules.Swap(rulebooks.Of(next, rules.Now));
        _now = next;
        sessions.JudgeAgain();
        Log.Reloaded(logger, next.Users.Users.Count, next.Policies.Length + 1);
        foreach (var file in renewed) Log.CertificateChanged(logger, file);
        if (FixedSettings.Changed(source.Start, loaded) is { IsEmpty: false } keys) Log.RestartNeeded(logger, string.Join(", ", keys));
        foreach (var warning in next.Warnings) Log.ConfigurationWarning(logger, warning);
    }

    private void Refuse(ImmutableArray<string> errors) => Log.ReloadRefused(logger, string.Join("; ", errors));
}
