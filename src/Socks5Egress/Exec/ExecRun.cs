using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Socks5Egress.Client;
using Socks5Egress.Exec.Capture;
using Socks5Egress.Exec.Names;
using Socks5Egress.Exec.Namespace;
using Socks5Egress.Exec.SynVerdict;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Exec;

/// <summary>One call of <c>exec</c>: takes the namespace that the helper made, serves its connections, runs the command in it.</summary>
internal sealed class ExecRun(ExecPlan plan, CommandContext context)
{
    /// <summary>What a command that has ended left in flight arrives in less.</summary>
    private static readonly TimeSpan AfterCommand = TimeSpan.FromSeconds(5);

    private readonly Socks5Client _client = new(plan.Gateways);
    private readonly FailureNotes _notes = new(new ForwardLog(context.Error, json: false, TimeProvider.System), TimeProvider.System);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (!OperatingSystem.IsLinux()) return Fail("exec needs Linux: it rests on network namespaces. Use forward, or run the command in a Linux container.");
        var (helper, fault) = Helper.Begin();
        if (helper is null) return Fail(fault!);
        // What /proc has of this process, its environment among it, is not for programs of the same user
        _ = HelperCalls.ProcessControl(HelperCalls.SetDumpable, 0, 0, 0, 0);
        if (plan.Wait is { } limit && !await GatewayProbe.WaitAsync(plan.Gateways, limit, _notes)) return Fail("no gateway lets us in");
        if (helper.Channel.Receive() is not { } first) return Fail("the helper process has ended; see whether something on this host kills it");
        if (first.Word != HelperWord.Ready) return Fail(Remedies.Of(first));
        var sockets = NamespaceSockets.Of(first);
        SayGuarantees(sockets, first.Field(3));
        return await ServeAsync(new RunningHelper(helper.Channel), helper.Process, sockets);
    }

    private async Task<int> ServeAsync(RunningHelper helper, int process, NamespaceSockets sockets)
    {
        var names = new SyntheticNames(TimeProvider.System);
        var relays = new Relays(_notes);
        var way = new EgressRoute(_client, names, plan.Direct, _notes);
        var pending = sockets.Queue is null ? null : new PendingSyns(TimeProvider.System);
        await using var stub = new NameStub(sockets.NameDatagrams, sockets.NameConnections, new StubAnswer(names, Dns.GetHostName()));
        await using var connections = new CapturedConnections(way, relays, pending);
        await using var published = new PublishedPorts(helper, relays, _notes, plan.Clients);
        await using var direct = new DirectPorts(helper, relays);
        stub.Start();
        connections.Start(sockets);
        if (pending is not null) new SynQueue(sockets.Queue!.Value, pending, syn => way.ConnectAsync(syn.To, relays.Aborted)).Start();
        if (await OpenPortsAsync(published, direct) is { } fault) return Fail(fault);
        using var signals = new CommandSignals(helper);
        var code = await CommandAsync(helper, process);
        await relays.DrainAsync(AfterCommand);
        return code;
    }

    private async Task<string?> OpenPortsAsync(PublishedPorts published, DirectPorts direct)
    {
        foreach (var port in plan.Published)
        {
            try
            {
                published.Open(port);
            }
            catch (SocketException e)
            {
                return $"--publish: cannot listen on {port.Outer}: {e.Message}; choose another port in front of '='";
            }
        }

        foreach (var rule in plan.Direct.Where(rule => rule.IsLoopback))
        {
            try
            {
                await direct.OpenAsync(rule);
            }
            catch (SocketException e)
            {
                return $"--direct: cannot stand in for {rule.First}: {e.Message}; name an address and a port that are not given twice";
            }
        }

        return null;
    }

    private async Task<int> CommandAsync(RunningHelper helper, int process)
    {
        var started = await helper.StartAsync(dropPassword: !plan.KeepPassword, dropVia: !plan.KeepPassword && plan.ViaHoldsPassword);
        Reap(process);
        switch (started)
        {
            case { Word: HelperWord.Started }:
                LeaveStreams();
                var ended = await helper.Ended;
                return ended is null ? Fail("the command's first process was killed, and everything with it") : ExecExit.OfStatus(ended.Number);
            case { Word: HelperWord.NotExecuted }:
                Complain($"cannot execute '{plan.Command[0]}': {Marshal.GetPInvokeErrorMessage(started.Number)}; check the name, PATH and the file's mode");
                return ExecExit.OfExecute(started.Number);
            case { } failed:
                return Fail(Remedies.Of(failed));
            case null:
                return Fail("the helper process has ended before the command began");
        }
    }

    /// <summary>Who reads the command's output must see its end when the command closes it, and what is to be read is the command's.</summary>
    private static void LeaveStreams()
    {
        var nothing = HelperCalls.Open("/dev/null", HelperCalls.ReadWrite);
        if (nothing < 0) return;
        _ = HelperCalls.Duplicate(nothing, 0);
        _ = HelperCalls.Duplicate(nothing, 1);
        if (nothing > 2) _ = Transport.Linux.Libc.Close(nothing);
    }

    private static unsafe void Reap(int process) => _ = HelperCalls.WaitFor(process, null, 0);

    private void SayGuarantees(NamespaceSockets sockets, int queueError)
    {
        if (sockets.Queue is null)
            Complain(string.Create(CultureInfo.InvariantCulture, $"this kernel holds no SYNs (NFQUEUE: {Marshal.GetPInvokeErrorMessage(queueError)}): connect() succeeds at once, and a refusal is a reset after it"));
        if (!plan.IsVerbose) return;
        Complain($"engine namespace, {(sockets.IsInUserNamespace ? "in a user namespace" : "as root without a user namespace")}: no route leads outside, " +
            $"IPv6 is {(sockets.ListenerV6 is null ? "off" : "captured")}, {(sockets.Queue is null ? "connect() succeeds before the gateway has answered" : "connect() waits for the gateway's answer")}, " +
            "names are resolved by the gateway, other UDP is refused, and the command ends when this process does");
    }

    private int Fail(string sentence)
    {
        Complain(sentence);
        return ExecExit.OwnFault;
    }

    private void Complain(string sentence)
    {
        context.Error.WriteLine($"{CommandContext.Program} exec: {sentence}");
        context.Error.Flush();
    }
}
