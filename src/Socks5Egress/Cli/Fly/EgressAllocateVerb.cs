using System.CommandLine;
using Socks5Egress.Configuration;
using Socks5Egress.Fly;
using Socks5Egress.Fly.Api;
using Socks5Egress.Fly.Watch;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>egress allocate</c>: a pair for a region of the app, or for one Machine.</summary>
internal sealed class EgressAllocateVerb : EgressSubverb
{
    /// <summary>What <c>--wait</c> means alone: Fly.io says 5 to 10 minutes.</summary>
    public const string ImpliedWait = "15m";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Option<string> _region = new("--region") { HelpName = "R", Description = "Where the Machines run that leave from it; kept until released" };
    private readonly Option<string> _machine = new("--machine") { HelpName = "ID", Description = "For this Machine only (deprecated): lost when it is destroyed" };

    private readonly Option<string> _wait = new("--wait") { HelpName = "[=DURATION]", Description = "Go on until a probe through --via sees one of the addresses; alone: " + ImpliedWait };
    private readonly Option<bool> _another = new("--another")
    {
        Arity = ArgumentArity.Zero, Description = "Allocate one more pair where there is one already: Machines then leave from either, at random",
    };

    private readonly EgressViaOptions _via = new();
    private TimeSpan _limit;

    public EgressAllocateVerb()
        : base("allocate", "Allocate a pair of static egress addresses, one IPv4 and one IPv6, about US$ 3.60 a month")
    {
        Options.Add(_region);
        Options.Add(_machine);
        Options.Add(_another);
        Options.Add(_wait);
        _via.AddTo(this);
    }

    public override IReadOnlyList<string> Usage => 
        ["egress allocate --app NAME --region R [--another] [--wait[=DURATION] --via URL] [--json]", "egress allocate --app NAME --machine ID [--another] [--wait[=DURATION] --via URL] [--json]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        if (parsed.GetValue(_region) is null == parsed.GetValue(_machine) is null) yield return "--region or --machine is missing, or both are given: name one";
        foreach (var fault in _via.Read(parsed, context)) yield return fault;
        if (parsed.GetValue(_wait) is not { } wait) yield break;
        if (DurationParser.Parse(wait, out _limit) is { } broken) yield return "--wait: " + broken;
        if (_via.Client is null) yield return "--wait: needs --via, a gateway of the app to see through";
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var (region, machine) = (call.Parsed.GetValue(_region), call.Parsed.GetValue(_machine));
        if (!IsGiven(call.Parsed, _another) && await RefusalAsync(call, region, machine, cancellation) is { } refusal) return Fail(call.Context, refusal);
        var allocated = await call.ChangeAsync(token => call.Api.AllocateAsync(call.App, region, machine, token), cancellation);
        if (allocated.Error is { } error) return FailChange(call, error);
        var pair = allocated.Value!;
        var waits = _via.Echo is not null && _limit > TimeSpan.Zero;
        // Shown before the waiting: nobody may lose sight of what was allocated
        if (!call.Json) Write(call.Output, pair);
        else if (waits) call.Context.Error.WriteLine($"Allocated {string.Join(" and ", pair.Addresses)}; waiting until they are seen.");
        await call.Output.FlushAsync(CancellationToken.None);
        var (seen, stopped) = waits ? await IsSeenAsync(pair, _via.Echo!, cancellation) : (null, false);
        if (call.Json) WriteJson(call.Output, new(call.App, region, machine, pair.IPv4?.ToString(), pair.IPv6?.ToString(), seen, pair.Complaint), EgressJson.Default.AllocatedRow);
        if (stopped) return Fail(call.Context, $"stopped by a signal before a probe saw {string.Join(" or ", pair.Addresses)}; they are allocated, and billed, all the same");
        if (seen == false) return Fail(call.Context, $"no probe saw a connection leave from {string.Join(" or ", pair.Addresses)} within {DurationParser.Format(_limit)}; they are allocated all the same");
        if (pair.Complaint is { } complaint) return Fail(call.Context, complaint);
        return pair.Addresses.Count() == 2
            ? ExitCode.Done
            : Fail(call.Context, $"only one address was allocated: run `{CommandLine.Program} egress audit --app {call.App}`");
    }

    /// <summary>Why not: there is a pair where this one would go, or nobody can tell.</summary>
    private static async Task<string?> RefusalAsync(EgressCall call, string? region, string? machine, CancellationToken cancellation)
    {
        var listed = await call.Addresses.EgressAsync(call.App, cancellation);
        if (listed.Error is { } error) return error.Sentence + " Whether there is a pair already is not known: nothing was allocated.";
        var there = listed.Value!.Where(address => machine is null
            ? !address.IsMachineScoped && address.Region.Equals(region, StringComparison.OrdinalIgnoreCase)
            : address.Machine == machine).Select(address => address.Address).ToArray();
        return there.Length == 0
            ? null
            : $"{call.App} already has {string.Join(" and ", there.AsEnumerable())} {(machine is null ? "in " + region : "on Machine " + machine)}: "
                + "with one more pair, Machines leave from either at random, and both are billed. Nothing was allocated; --another allocates it all the same.";
    }

    /// <returns>Whether it was seen, null when a signal ended the waiting.</returns>
    private async Task<(bool? Seen, bool Stopped)> IsSeenAsync(AddressPair pair, ViaEcho echo, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        try
        {
            for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < _limit; await Task.Delay(Pause, time, cancellation))
            {
                if ((await echo.AskAsync(cancellation)).Overlaps(pair.Addresses)) return (true, false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (null, true);
        }

        return (false, false);
    }

    private static void Write(TextWriter output, AddressPair pair)
    {
        output.WriteLine("Allocated. Every allow-list needs both lines before a Machine leaves from them, which takes 5 to 10 minutes:");
        if (pair.IPv4 is { } v4) output.WriteLine($"{v4}/32");
        if (pair.IPv6 is { } v6) output.WriteLine($"{v6}/128");
        output.WriteLine($"In fly.toml: SOCKS5EGRESS_Identity__Expect = \"{string.Join(',', pair.Addresses)}\"");
    }
}
