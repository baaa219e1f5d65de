using System.CommandLine;
using System.ComponentModel;
using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Fly.Api;
using Socks5Egress.Fly.Audit;
using Socks5Egress.Fly.Toml;
using Socks5Egress.Fly.Watch;
using Socks5Egress.LocalForward;
using Socks5Egress.Protocol;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress watch</c>: the deploy monitor. A snapshot before, an eye on the way during, a comparison after.</summary>
internal sealed class EgressWatchVerb : EgressSubverb
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly EgressViaOptions _via = new();
    private readonly Option<string> _target = new("--target") { HelpName = "HOST:PORT", Description = "Connect to it through --via every second, and report each second without it" };
    private readonly Option<string> _length = new("--for") { HelpName = "DURATION", Description = "How long to watch without a COMMAND; else until a signal. [default: until a signal]" };
    private Destination _destination;
    private TimeSpan _duration = Timeout.InfiniteTimeSpan;

    public EgressWatchVerb()
        : base("watch", "Watch a deploy: exit code 1 when an address was lost, replaced or is no longer the one that is seen")
    {
        _via.AddTo(this);
        Options.Add(_target);
        Options.Add(_length);
    }

    public override bool TakesTrailing => true;

    public override IReadOnlyList<string> Usage => ["egress watch --app NAME [--via URL [--target HOST:PORT] [--probe URL …]] [--for DURATION | -- COMMAND …] [--json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
        [("socks5egress egress watch --app egress --via socks5://app@egress.internal:1080 --target db.example.com:5432 -- fly deploy --no-public-ips", "Around a deploy")];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context).Concat(_via.Read(parsed, context))) yield return fault;
        if (parsed.GetValue(_target) is { } target)
        {
            if (TargetParser.Parse(target, out _destination) is { } fault) yield return "--target: " + fault;
            if (_via.Client is null) yield return "--target: needs --via, the gateway to connect through";
        }

        if (parsed.GetValue(_length) is { } length && DurationParser.Parse(length, out _duration) is { } broken) yield return "--for: " + broken;
        if (IsGiven(parsed, _length) && context.Trailing is not null) yield return "--for: has no meaning beside a COMMAND, whose end ends the watch";
        if (context.Trailing is { Count: 0 }) yield return "-- must be followed by a COMMAND";
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var before = await TakeAsync(call, cancellation);
        if (before.Error is { } unread) return Fail(call.Context, unread.Sentence);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var way = _via.Client is { } client && _destination.Port != 0
            ? new WayMonitor(client, _destination, TimeProvider.System, why => Tell(call, $"{_destination} is not reached: {why}"))
            : null;
        var following = Task.WhenAll(way?.RunAsync(over.Token) ?? Task.CompletedTask, FollowAsync(call, before.Value!, over.Token));
        var code = await WorkAsync(call, cancellation);
        await over.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A watch that a signal ends is still compared: that is how it ends when nothing else says so
        var after = await TakeAsync(call, CancellationToken.None);
        if (after.Error is { } lost) return Fail(call.Context, lost.Sentence);
        var findings = before.Value!.Compare(after.Value!);
        if (call.Json) WriteJson(call.Output, new(call.App, way?.SecondsDown, code, findings.Select(FindingRow.Of)), EgressJson.Default.WatchRow);
        else Write(call, findings, way?.SecondsDown);
        return code != 0 ? code : findings.Any(finding => finding.Severity > Severity.Note) || way?.SecondsDown > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>The command, or the time to watch.</summary>
    private async Task<int> WorkAsync(EgressCall call, CancellationToken cancellation)
    {
        if (call.Context.Trailing is not { } words)
        {
            await Task.Delay(_duration, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCode.Done;
        }

        try
        {
            return await ChildCommand.RunAsync(words, call.Context.InputIsTerminal, keepPassword: false);
        }
        catch (Win32Exception exception)
        {
            return Fail(call.Context, $"{words[0]} cannot be started: {exception.Message}");
        }
    }

    private async Task FollowAsync(EgressCall call, Snapshot before, CancellationToken cancellation)
    {
        var told = new HashSet<EgressFinding>();
        using var timer = new PeriodicTimer(Period, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            var now = await TakeAsync(call, cancellation);
            if (now.Error is { } error) Tell(call, error.Sentence);
            foreach (var finding in now.Value is null ? [] : before.Compare(now.Value).Where(told.Add)) Tell(call, $"{finding.Subject} {finding.Sentence}");
        }
    }

    private async Task<FlyResult<Snapshot>> TakeAsync(EgressCall call, CancellationToken cancellation)
    {
        var egress = await call.Addresses.EgressAsync(call.App, cancellation);
        if (egress.Error is { } first) return first;
        var machines = await call.Api.MachinesAsync(call.App, cancellation);
        if (machines.Error is { } second) return second;
        IReadOnlySet<IPAddress> observed = _via.Echo is null ? new HashSet<IPAddress>() : await _via.Echo.AskAsync(cancellation);
        return new Snapshot(egress.Value!, machines.Value!, observed);
    }

    private static void Tell(EgressCall call, string sentence) =>
        call.Context.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {sentence}");

    private static void Write(EgressCall call, IReadOnlyList<EgressFinding> findings, int? secondsDown)
    {
        foreach (var finding in findings) call.Output.WriteLine($"{finding.Severity.ToText()}: {finding.Code}: {finding.Subject} {finding.Sentence}");
        if (findings.Count == 0) call.Output.WriteLine("No address and no owner of one has changed.");
        if (secondsDown is not null) call.Output.WriteLine($"Seconds without the target: {secondsDown}.");
    }
}
