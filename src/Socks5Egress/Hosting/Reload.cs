using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Socks5Egress.Hosting.Configuration;

namespace Socks5Egress.Hosting;

/// <summary>Something else that a reload renews, such as certificates.</summary>
/// <param name="Files">The files whose change is a reason to reload.</param>
/// <param name="Prepare">
/// Reads what it needs for these settings and changes nothing yet. Returns what swaps it in, or the error that stops the whole reload.
/// </param>
internal sealed record Reloadable(Func<GatewaySettings, IEnumerable<string>> Files, Func<GatewaySettings, (Action? Swap, string? Error)> Prepare);

/// <summary>
/// Reads the configuration again on SIGHUP and when one of its files changes: validated first, swapped whole; one error and nothing has
/// changed. Sessions are then judged by the new rules.
/// </summary>
internal sealed class Reload(
    Func<LoadedConfiguration> load, GatewaySettings first, Rulebooks rulebooks, LiveRules rules, LiveSessions sessions,
    IReadOnlyList<Reloadable> others, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private PosixSignalRegistration? _hangUp;
    private Task _running = Task.CompletedTask;
    private GatewaySettings _now = first;

    /// <summary>Begins to listen for the signal and to look at the files.</summary>
    /// <param name="configFile">The file of <c>--config</c>, or null.</param>
    public void Start(string? configFile)
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Release();
        });
        _running = RunAsync(configFile);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _hangUp?.Dispose();
    }

    // Looking once a second needs no watch of a folder, and sees a mounted secret that is swapped by a link
    private async Task RunAsync(string? configFile)
    {
        var seen = Stamp(configFile);
        while (!_stop.IsCancellationRequested)
        {
            var signalled = await WaitAsync();
            if (_stop.IsCancellationRequested) return;
            var present = Stamp(configFile);
            if (!signalled && present == seen) continue;
            seen = present;
            Once();
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
        var loaded = load();
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
        var prepared = others.Select(other => other.Prepare(next)).ToArray();
        ImmutableArray<string> errors = [.. prepared.Select(each => each.Error).OfType<string>()];
        if (!errors.IsEmpty)
        {
            Refuse(errors);
            return;
        }
        foreach (var (swap, _) in prepared) swap?.Invoke();
        rules.Swap(rulebooks.Of(next, rules.Now));
        _now = next;
        sessions.JudgeAgain();
        Log.Reloaded(logger, next.Users.Users.Count, next.Policies.Length + 1);
        foreach (var warning in next.Warnings) Log.ConfigurationWarning(logger, warning);
    }

    private void Refuse(ImmutableArray<string> errors) => Log.ReloadRefused(logger, string.Join("; ", errors));

    private string Stamp(string? configFile)
    {
        var files = new[] { configFile, _now.Users.File }.OfType<string>().Concat(others.SelectMany(other => other.Files(_now)));
        return string.Join('|', files.Select(path => new FileInfo(path)).Select(file => file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "-"));
    }
}
