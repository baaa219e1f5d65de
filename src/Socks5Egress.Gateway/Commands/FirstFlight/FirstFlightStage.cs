using System.Buffers;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>
/// The stage between a connected target and the relay, where a policy requires TLS or reports plaintext. Nothing but the question for TLS reaches the target
/// before a whole ClientHello has come; after it the relay carries everything, what was read first.
/// </summary>
internal sealed partial class FirstFlightStage
{
    private readonly CommandContext _context;
    private readonly TlsRequirement _requirement;
    private readonly FlightSides _sides;
    private readonly FirstFlightPhase _phase;
    private readonly ILeg _target;
    private FirstFlightFacts _facts = FirstFlightFacts.None;
    private ClearProtocol _spoken;

    private FirstFlightStage(CommandContext context, ILeg target, TlsRequirement requirement)
    {
        (_context, _target, _requirement) = (context, target, requirement);
        var (services, traffic) = (context.Services, context.Report.Traffic);
        _sides = new FlightSides(context.Client, target, traffic, services.Time);
        _phase = new FirstFlightPhase(
            new RelayPhase(context.Client, target, services.RelayClock, traffic, services.Time), traffic, services.HandshakeTimeout,
            requirement.Mode == TlsMode.Enforce, services.Time, _sides.Wake);
    }

    /// <summary>Reads the first flight.</summary>
    /// <param name="context">The session, its request answered.</param>
    /// <param name="target">The target; nothing was sent to it yet but a PROXY header.</param>
    /// <param name="requirement">What is asked of it.</param>
    /// <param name="retiring">The session as it is retired; null: it is not.</param>
    /// <returns>Null to relay from here on; else how the session ends.</returns>
    public static async ValueTask<CommandEnd?> RunAsync(CommandContext context, ILeg target, TlsRequirement requirement, RetiringRelay? retiring)
    {
        var stage = new FirstFlightStage(context, target, requirement);
        context.Report.FirstFlight(stage._facts);
        context.Enter(stage._phase);
        using var flight = retiring?.InFlight(() => !stage._phase.HasBegun, stage._sides.EndIdle);
        await using var stopping = context.Stop.UnsafeRegister(static sides => ((FlightSides)sides!).Stop(), stage._sides);
        var end = (await stage.JudgeAsync()).End;
        if (context.Stop.IsCancellationRequested) return CommandEnd.Done(EndReason.None);
        if (end is null or { Closing: not Closing.Nothing }) await stage._sides.LeaveAsync();
        return end;
    }

    private FlightSide Client => _sides.Client;

    private FlightSide Server => _sides.Target;

    private async ValueTask<FlightStep> JudgeAsync()
    {
        while (true)
        {
            var step = await StepAsync();
            if (step.IsLast) return step;
            if (!await _sides.NextAsync()) return FlightStep.Over(_sides.End);
        }
    }

    private async ValueTask<FlightStep> StepAsync()
    {
        if (!Client.Bytes.IsEmpty) _phase.Begin();
        if (_sides.Woken == FlightWake.Overdue) return await RefuseAsync(_spoken, "");
        if (!Server.Bytes.IsEmpty && await HearServerAsync() is { IsLast: true } spoke) return spoke;
        if (Server.HasEnded) return TargetEnded();
        if (!Client.Bytes.IsEmpty) return await ReadClientAsync();
        // A client that has ended can say nothing in clear any more
        return Client.HasEnded ? FlightStep.Relay : FlightStep.GoOn;
    }

    private async ValueTask<FlightStep> ReadClientAsync()
    {
        if (_spoken == ClearProtocol.MySql) return await MySqlAsync();
        return TellClient() is { } protocol ? await ReadAsync(protocol) : FlightStep.GoOn;
    }

    private ValueTask<FlightStep> ReadAsync(ClearProtocol protocol) => protocol switch
    {
        ClearProtocol.Tls => HelloAsync(0, "none"),
        ClearProtocol.Postgres => PostgresAsync(),
        ClearProtocol.Tds => TdsAsync(),
        ClearProtocol.Ssh => SshAsync(),
        ClearProtocol.Unknown => RefuseAsync(_spoken, RefusalSentences.OfClient(_spoken)),
        _ => RefuseAsync(protocol, RefusalSentences.OfClient(protocol)),
    };

    /// <summary>What the client speaks; null while its bytes do not say.</summary>
    private ClearProtocol? TellClient()
    {
        Span<byte> first = stackalloc byte[16];
        first = first[..(int)Math.Min(first.Length, Client.Bytes.Length)];
        Client.Bytes.Slice(0, first.Length).CopyTo(first);
        if (ClearProtocols.TryTellClient(first, out var protocol)) return protocol;
        return Client.HasEnded ? ClearProtocol.Unknown : null;
    }

    /// <summary>The ClientHello, after <paramref name="skip"/> bytes of the client's question for TLS.</summary>
    private async ValueTask<FlightStep> HelloAsync(int skip, string upgrade)
    {
        var insideTds = upgrade == "tds";
        using var reader = new HandshakeReader(HelloKind.ClientHello, insideTds);
        var fed = (long)skip;
        while (true)
        {
            var bytes = Client.Bytes;
            var status = ParseStatus.NeedMore;
            if (bytes.Length > fed)
            {
                foreach (var segment in bytes.Slice(fed))
                {
                    if ((status = reader.Feed(segment.Span)) != ParseStatus.NeedMore) break;
                }
                fed = bytes.Length;
            }
            if (status == ParseStatus.Done)
            {
                return ClientHello.TryRead(reader.Body, out var hello) && (insideTds || IsTls(bytes.Slice(skip + reader.Wire)))
                    ? await TurnAsync(hello, upgrade)
                    : await RefuseHelloAsync();
            }
            if (bytes.IsEmpty && Client.HasEnded) return FlightStep.Relay;
            if (status == ParseStatus.Invalid || Client.HasEnded || _sides.Woken == FlightWake.Overdue) return await RefuseHelloAsync();
            if (!Server.Bytes.IsEmpty)
            {
                // It agreed to TLS, and goes on in clear. Without a question a server may speak first
                if (upgrade is not "none") return await RefuseAsync(_spoken, RefusalSentences.OfServer(_spoken));
                if (!await _sides.PassAsync(RelaySide.Target, Server.Bytes.Length)) return FlightStep.Over(_sides.End);
            }
            if (Server.HasEnded) return TargetEnded();
            if (!await _sides.NextAsync()) return FlightStep.Over(_sides.End);
        }
    }

    /// <summary>It is TLS: the relay takes over, and the answer is looked at on its way.</summary>
    private async ValueTask<FlightStep> TurnAsync(ClientHello hello, string upgrade)
    {
        _facts = _facts with { Sni = hello.Sni ?? "", Alpn = hello.Alpn, Upgrade = upgrade };
        _context.Report.FirstFlight(_facts);
        if (_requirement.MatchesSni && Mismatch(hello.Sni) is { } refused)
        {
            _context.Report.Judged(refused, 0);
            if (_requirement.Mode == TlsMode.Enforce) return await SayAsync(EndReason.PolicyDenied, output => SayAlert(output, TlsAlert.UnrecognizedName, upgrade));
        }
        var (context, facts, mode, spoken) = (_context, _facts, _requirement.Mode, _spoken);
        context.Report.Traffic.Answer = new AnswerWatch(
            upgrade == "tds",
            answer => context.Report.FirstFlight(facts with { Version = answer?.Version ?? "" }),
            () =>
            {
                Count(context, facts, mode, spoken);
                if (mode == TlsMode.Enforce) context.End(EndReason.PlaintextRefused);
            });
        return FlightStep.Relay;
    }

    private PolicyDecision? Mismatch(string? sni)
    {
        var grant = _context.Lease.Grant;
        var policy = _context.Lease.Rules.Policies.For(grant.User);
        var address = grant.Address ?? _target.RemoteEndPoint.Address;
        // A forward's client asks for nothing: its target is the configuration's
        var asked = _context.Target is { Name: null, Address: null } ? grant.Target ?? default : _context.Target;
        if (SniRule.Admits(policy.Policy, asked, grant.Target, address, sni)) return null;
        return new PolicyDecision(policy.Name, _requirement.Mode == TlsMode.Enforce ? Decision.Refused : Decision.Reported, RuleNames.Sni);
    }

    private ValueTask<FlightStep> RefuseHelloAsync()
    {
        // What has no record of TLS hears its own protocol's words, the rest an alert
        var isTls = !Client.Bytes.IsEmpty && Client.Bytes.FirstSpan is [0x16, ..];
        var protocol = isTls ? ClearProtocol.Tls : _spoken;
        return RefuseAsync(protocol, RefusalSentences.OfClient(protocol));
    }

    /// <summary>Refuses plaintext, or counts it and lets it pass.</summary>
    private ValueTask<FlightStep> RefuseAsync(ClearProtocol protocol, string sentence, bool hasGreeting = false)
    {
        Count(_context, _facts, _requirement.Mode, protocol);
        if (_requirement.Mode != TlsMode.Enforce) return new(FlightStep.Relay);
        return SayAsync(EndReason.PlaintextRefused, output =>
        {
            if (protocol == ClearProtocol.Tls) ClearRefusal.WriteAlert(output, TlsAlert.InternalError);
            else ClearRefusal.Write(output, protocol, sentence, hasGreeting);
        });
    }

    /// <summary>The target has sent FIN: nothing that follows can be TLS. Where plaintext passes, the client may still have something to say to it.</summary>
    private FlightStep TargetEnded() => IsEnforced ? FlightStep.Over(new CommandEnd(EndReason.TargetFin, Closing.Fin)) : FlightStep.Relay;

    private async ValueTask<FlightStep> SayAsync(EndReason reason, Action<IBufferWriter<byte>> write)
    {
        var words = new ArrayBufferWriter<byte>();
        write(words);
        if (words.WrittenCount > 0 && !await _sides.AnswerAsync(words.WrittenMemory)) return FlightStep.Over(_sides.End);
        return FlightStep.Over(new CommandEnd(reason, Closing.Fin));
    }

    private static void SayAlert(IBufferWriter<byte> output, TlsAlert alert, string upgrade)
    {
        if (upgrade == "tds") ClearRefusal.Write(output, ClearProtocol.Tds, "the name in the TLS hello is not the one that was asked for");
        else ClearRefusal.WriteAlert(output, alert);
    }

    private static void Count(CommandContext context, FirstFlightFacts facts, TlsMode mode, ClearProtocol protocol)
    {
        context.Report.FirstFlight(facts with { Plaintext = protocol.Name() });
        var grant = context.Lease.Grant;
        context.Services.Meters.Plaintext.Add(mode, new PlaintextTarget((grant.Target ?? context.Target).ToString(), protocol.Name(), grant.User));
    }

    // What follows a whole hello may be early data (RFC 8446 section 4.2.10) or the next handshake message: records in any case
    internal static bool IsTls(in ReadOnlySequence<byte> behind)
    {
        Span<byte> first = stackalloc byte[2];
        first = first[..(int)Math.Min(first.Length, behind.Length)];
        behind.Slice(0, first.Length).CopyTo(first);
        return first is [] or [>= 20 and <= 23] or [>= 20 and <= 23, 3];
    }
}
