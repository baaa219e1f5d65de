using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.LocalForward;

/// <summary>One call of <c>forward</c>: waits for the ways, opens the local ends, runs the command or waits for a signal, drains.</summary>
internal sealed class ForwardRun
{
    /// <summary>The code that env, nice and timeout give for a fault of their own, apart from any code of the command's.</summary>
    private const int OwnFault = 125;

    /// <summary>What a command that has ended left in flight arrives in less; what it left running behind must not hold us.</summary>
    private static readonly TimeSpan AfterCommand = TimeSpan.FromSeconds(5);

    private readonly ForwardPlan _plan;
    private readonly CommandContext _context;
    private readonly Socks5Client _client;
    private readonly List<ForwardState> _states;
    private readonly ForwardLog _log;
    private readonly FailureNotes _notes;

    public ForwardRun(ForwardPlan plan, CommandContext context)
    {
        (_plan, _context) = (plan, context);
        _client = new Socks5Client(plan.Gateways);
        _states = [.. plan.Forwards.Select(spec => new ForwardState(spec))];
        _log = new ForwardLog(context.Error, plan.Json, TimeProvider.System);
        _notes = new FailureNotes(_log, TimeProvider.System);
    }

    private int Failed => _plan.Command is null ? ExitCode.Failed : OwnFault;

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (_plan.Wait is { } limit)
        {
            if (!await WaitAsync(limit)) return Failed;
            if (_plan.Command is null) return ExitCode.Done;
        }

        await using var health = _plan.Health is null ? null : new ForwardHealth(_states, _client);
        var forwarders = new List<Socks5Forwarder>();
        try
        {
            foreach (var state in _states)
            {
                if (Start(state) is not { } forwarder) return Failed;
                forwarders.Add(forwarder);
                state.Open = () => forwarder.ConnectionCount;
            }
            _client.KeepWarm();

            // After the forwards: a probe that is answered finds them open
            if (health is not null && await health.StartAsync(_plan.Health!) is { } error)
            {
                Complain(error);
                return Failed;
            }

            if (_plan.Command is not null)
            {
                Announce(forwarders, health);
                return await CommandAsync(_plan.Command);
            }

            // Before the lines that say it is up: who reads them may send a signal at once
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var signals = new StopSignals(() => stopped.TrySetResult());
            Announce(forwarders, health);
            await stopped.Task;
            health?.Stop();
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
        var probes = _plan.Forwards.Select(spec => (Spec: spec, Works: WayProbe.WaitAsync(
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

    private Socks5Forwarder? Start(ForwardState state)
    {
        var spec = state.Spec;
        var options = new Socks5ForwarderOptions
        {
            LocalEndPoint = spec.Local,
            RetryFor = _plan.Retry,
            DrainTimeout = _plan.Command is null || _plan.Drain < AfterCommand ? _plan.Drain : AfterCommand,
            Admits = Admits,
            OnTurnedAway = client => _notes.Say(state.Target, client),
            OnConnected = state.Connected,
            OnFailure = failure =>
            {
                state.Failed(failure);
                _notes.Say(state.Target, failure);
            },
            OnEnded = flow =>
            {
                state.Ended(flow);
                _notes.Say(state.Target, flow);
            },
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
        if (_plan.Clients.Count == 0) return true;
        var bits = AddressBits.Of(AddressLiteral.Canonical(client));
        return _plan.Clients.Any(network => network.Contains(bits));
    }

    /// <summary>On standard output; on standard error when that belongs to the command.</summary>
    private void Announce(List<Socks5Forwarder> forwarders, ForwardHealth? health)
    {
        if (_plan.Quiet) return;
        if (_log.IsJson)
        {
            foreach (var (state, forwarder) in _states.Zip(forwarders)) _log.WriteReady(forwarder.LocalEndPoint.ToString()!, state.Target);
            return;
        }

        var writer = _plan.Command is null ? _context.Output : _context.Error;
        foreach (var (spec, forwarder) in _plan.Forwards.Zip(forwarders))
        {
            writer.WriteLine($"{forwarder.LocalEndPoint} leads to {spec.Target}");
            foreach (var (driver, text) in ConnectionHints.Of(forwarder.LocalEndPoint, spec.Target, _plan.Gateways[0])) writer.WriteLine($"  {driver,-20}{text}");
        }

        if (health is not null) writer.WriteLine($"health, readiness and metrics: http://{health.EndPoint}/healthz, /readyz, /metrics");
        writer.Flush();
    }

    private async Task<int> CommandAsync(IReadOnlyList<string> words)
    {
        try
        {
            return await ChildCommand.RunAsync(words, _context.InputIsTerminal, _plan.KeepPassword);
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
            _log.Write(LogLevel.Information, "forward.stopping", null,
                string.Create(CultureInfo.InvariantCulture, $"stopping; {open} connections may end within {_plan.Drain.TotalSeconds} s, a second signal cuts them"));
    }

    /// <summary>All at once; the next signal cuts what is left.</summary>
    private static async Task DrainAsync(List<Socks5Forwarder> forwarders)
    {
        using var signals = new StopSignals(() => forwarders.ForEach(forwarder => forwarder.Cut()));
        await Task.WhenAll(forwarders.Select(forwarder => forwarder.DisposeAsync().AsTask()));
    }

    private void Complain(string sentence) => _log.Write(LogLevel.Error, "forward.error", null, sentence);

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
