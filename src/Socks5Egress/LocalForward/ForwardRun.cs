using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Socks5Egress.Cli;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.LocalForward;

/// <summary>One call of <c>forward</c>: waits for the ways, opens the local ends, runs the command or waits for a signal, drains.</summary>
internal sealed class ForwardRun(ForwardPlan plan, CommandContext context)
{
    /// <summary>The code that env, nice and timeout give for a fault of their own, apart from any code of the command's.</summary>
    private const int OwnFault = 125;

    /// <summary>What a command that has ended left in flight arrives in less; what it left running behind must not hold us.</summary>
    private static readonly TimeSpan AfterCommand = TimeSpan.FromSeconds(5);

    private readonly Socks5Client _client = new(plan.Gateways);
    private readonly FailureNotes _notes = new(context.Error, TimeProvider.System);

    private int Failed => plan.Command is null ? ExitCode.Failed : OwnFault;

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (plan.Wait is { } limit)
        {
            if (!await WaitAsync(limit)) return Failed;
            if (plan.Command is null) return ExitCode.Done;
        }

        var forwarders = new List<Socks5Forwarder>();
        try
        {
            foreach (var spec in plan.Forwards)
            {
                if (Start(spec) is not { } forwarder) return Failed;
                forwarders.Add(forwarder);
            }

            if (plan.Command is not null)
            {
                Announce(forwarders);
                return await CommandAsync(plan.Command);
            }

            // Before the lines that say it is up: who reads them may send a signal at once
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var signals = new StopSignals(() => stopped.TrySetResult());
            Announce(forwarders);
            await stopped.Task;
            SayStopping(forwarders);
            return ExitCode.Done;
        }
        finally
        {
            await DrainAsync(forwarders);
        }
    }

    private async Task<bool> WaitAsync(TimeSpan limit)
    {
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(stop.Cancel);
        var probes = plan.Forwards.Select(spec => (Spec: spec, Works: WayProbe.WaitAsync(
            _client, spec, limit, failure => _notes.Say(spec.Target.ToString(), failure), stop.Token))).ToList();
        var all = true;
        foreach (var (spec, works) in probes)
        {
            if (await works) continue;
            all = false;
            Complain($"the way to {spec.Target} does not work");
        }

        return all;
    }

    private Socks5Forwarder? Start(ForwardSpec spec)
    {
        var options = new Socks5ForwarderOptions
        {
            LocalEndPoint = spec.Local,
            RetryFor = plan.Retry,
            DrainTimeout = plan.Command is null || plan.Drain < AfterCommand ? plan.Drain : AfterCommand,
            Admits = Admits,
            OnTurnedAway = client => _notes.Say(spec.Target.ToString(), client),
            OnFailure = failure => _notes.Say(spec.Target.ToString(), failure),
            OnEnded = flow => _notes.Say(spec.Target.ToString(), flow),
        };
        try
        {
            return Socks5Forwarder.Start(_client, spec.Host, spec.Target.Port, options);
        }
        catch (Exception fault) when (fault is SocketException or IOException or UnauthorizedAccessException)
        {
            Complain($"cannot listen on {spec.Local}: {fault.Message}; choose another place in front of '={spec.Target}'");
            return null;
        }
    }

    private bool Admits(IPAddress client)
    {
        if (plan.Clients.Count == 0) return true;
        var bits = AddressBits.Of(AddressLiteral.Canonical(client));
        return plan.Clients.Any(network => network.Contains(bits));
    }

    /// <summary>On standard output; on standard error when that belongs to the command.</summary>
    private void Announce(List<Socks5Forwarder> forwarders)
    {
        var writer = plan.Command is null ? context.Output : context.Error;
        foreach (var (spec, forwarder) in plan.Forwards.Zip(forwarders))
        {
            writer.WriteLine($"{forwarder.LocalEndPoint} leads to {spec.Target}");
            foreach (var (driver, text) in ConnectionHints.Of(forwarder.LocalEndPoint, spec.Target, plan.Gateways[0])) writer.WriteLine($"  {driver,-20}{text}");
        }

        writer.Flush();
    }

    private async Task<int> CommandAsync(IReadOnlyList<string> words)
    {
        try
        {
            return await ChildCommand.RunAsync(words, context.InputIsTerminal, plan.KeepPassword);
        }
        catch (Win32Exception fault)
        {
            Complain($"cannot start '{words[0]}': {fault.Message}");
            return OwnFault;
        }
    }

    private void SayStopping(List<Socks5Forwarder> forwarders)
    {
        var open = forwarders.Sum(forwarder => forwarder.ConnectionCount);
        if (open > 0)
            Complain(string.Create(CultureInfo.InvariantCulture, $"stopping; {open} connections may end within {plan.Drain.TotalSeconds} s, a second signal cuts them"));
    }

    /// <summary>All at once; the next signal cuts what is left.</summary>
    private static async Task DrainAsync(List<Socks5Forwarder> forwarders)
    {
        using var signals = new StopSignals(() => forwarders.ForEach(forwarder => forwarder.Cut()));
        await Task.WhenAll(forwarders.Select(forwarder => forwarder.DisposeAsync().AsTask()));
    }

    private void Complain(string sentence)
    {
        context.Error.WriteLine($"{CommandLine.Program} forward: {sentence}");
        context.Error.Flush();
    }

    /// <summary>The signals that ask a program to end, as long as it lives.</summary>
    private sealed class StopSignals(Action action) : IDisposable
    {
        private readonly List<PosixSignalRegistration> _registrations =
            [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal =>
                PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    action();
                }))];

        public void Dispose()
        {
            foreach (var registration in _registrations) registration.Dispose();
        }
    }
}
