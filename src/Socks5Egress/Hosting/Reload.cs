using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>
/// Reads the configuration again when somebody asks for it (a signal, the admin address) and when one of its files changes, users and certificates among
/// them: validated first, swapped whole; one error and nothing has changed. What the new rules forbid ends.
/// </summary>
internal sealed class Reload(
    ConfigurationSource source, WatchedFiles files, Certificates certificates, SnapshotFactory rulebooks, CurrentSnapshot rules, ILogger logger, Supervisor supervisor)
    : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int MostLooksWhileWritten = 20;
    private readonly Channel<Request> _asked = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private BackgroundLoop? _loop;
    private LoadedConfiguration _now = source.Start;
    private volatile bool _isRefused;

    /// <summary>The files say something else than what holds, as the last reload was refused.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Begins to answer requests and to look at the files.</summary>
    public void Start()
    {
        Log.ConfigurationLoaded(logger, "start", ConfigurationFacts.Digest(_now), []);
        // Files may lie on a file system that hangs: that is nobody else's wait
        _loop = supervisor.Loop("reload", RunAsync, onOwnThread: true);
    }

    /// <summary>Asks for a reload and does not wait for it. What comes of it is in the log.</summary>
    /// <param name="by">Who asks, for the audit line.</param>
    public void Ask(string by) => _asked.Writer.TryWrite(new Request(by, new TaskCompletionSource<ReloadResult>()));

    /// <summary>Asks for a reload.</summary>
    /// <param name="by">Who asks, for the audit line.</param>
    /// <returns>What came of it. Several requests at a time are one reload.</returns>
    public Task<ReloadResult> AskAsync(string by)
    {
        var request = new Request(by, new TaskCompletionSource<ReloadResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_asked.Writer.TryWrite(request)) request.Answer.SetResult(ReloadResult.Refused(["the gateway is stopping"]));
        return request.Answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _asked.Writer.TryComplete();
        // A reload that is under way may be at a file that does not answer: that is no reason to outlive the end
        if (_loop is not null) await Task.WhenAny(_loop.DisposeAsync().AsTask(), Task.Delay(Patience, supervisor.Time));
        while (_asked.Reader.TryRead(out var late)) late.Answer.TrySetResult(ReloadResult.Refused(["the gateway is stopping"]));
    }

    // Looking once a second needs no watch of a folder
    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await WaitAsync(stop);
            if (stop.IsCancellationRequested) return;
            var asking = new List<Request>();
            while (_asked.Reader.TryRead(out var request)) asking.Add(request);
            var changed = files.Changed(_now.Settings!);
            if (asking.Count == 0 && (!changed || !await SettledAsync(stop))) continue;
            ReloadResult? result = null;
            try
            {
                result = await OnceAsync(string.Join(", ", asking.Select(request => request.By).DefaultIfEmpty("file").Distinct()));
            }
            finally
            {
                // A bug in a reload is reported by the loop, and is no reason to let somebody wait for ever
                foreach (var request in asking) request.Answer.TrySetResult(result ?? ReloadResult.Refused(["the reload failed; the gateway's log says how"]));
            }
        }
    }

    // An editor empties a file and then writes it: a file is read when two looks in a row found the same
    private async Task<bool> SettledAsync(CancellationToken stop)
    {
        for (var i = 0; i < MostLooksWhileWritten; i++)
        {
            await Task.Delay(Settle, supervisor.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (stop.IsCancellationRequested) return false;
            if (!files.Changed(_now.Settings!)) return true;
        }
        return true;
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var asked = _asked.Reader.WaitToReadAsync(over.Token).AsTask();
        await Task.WhenAny(asked, Task.Delay(Look, supervisor.Time, over.Token));
        await over.CancelAsync();
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task<ReloadResult> OnceAsync(string by)
    {
        var loaded = source.Load();
        if (loaded.Settings is not { } next) return Refuse(by, loaded.Errors);
        if (rulebooks.Entrances!.Missing(next.Listeners).Any()) return Refuse(by, ["Listeners: where it listens changes only with a restart"]);
        var renewed = certificates.Renew(next);
        var ended = rules.Change(now => rulebooks.Of(next, now));
        if (rulebooks.Issuers is { } issuers) await issuers.KeepAsync(next);
        var changes = ConfigurationFacts.Changes(_now, loaded);
        _now = loaded;
        _isRefused = false;
        var result = new ReloadResult([], changes, RestartOnlySettings.Changed(source.Start, loaded), ConfigurationFacts.Digest(loaded), ended);
        Log.ConfigurationLoaded(logger, by, result.Digest!, [.. changes]);
        Log.Reloaded(logger, next.Users.Users.Count, next.Policies.Length + 1);
        foreach (var file in renewed) Log.CertificateChanged(logger, file);
        if (!result.RestartNeeded.IsEmpty) Log.RestartNeeded(logger, string.Join(", ", result.RestartNeeded));
        foreach (var warning in next.Warnings) Log.ConfigurationWarning(logger, warning);
        return result;
    }

    private ReloadResult Refuse(string by, ImmutableArray<string> errors)
    {
        _isRefused = true;
        Log.ReloadRefused(logger, by, string.Join("; ", errors));
        return ReloadResult.Refused(errors);
    }

    private sealed record Request(string By, TaskCompletionSource<ReloadResult> Answer);
}
