using System.Buffers;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands.FirstFlight;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>How a client of an <c>sni:</c> forward begins, before there is a target: PostgreSQL's questions are answered here, the hello is left unread.</summary>
/// <param name="context">The session.</param>
internal sealed class SniOpening(CommandContext context)
{
    private readonly FlightSide _client = new(context.Client);
    private bool _isUpgraded;

    /// <summary>What the client's hello says.</summary>
    public ClientHello Hello { get; private set; }

    /// <summary>The same for the log.</summary>
    public FirstFlightFacts Facts => FirstFlightFacts.None with { Sni = Hello.Sni ?? "", Alpn = Hello.Alpn, Upgrade = _isUpgraded ? "postgres" : "none" };

    /// <summary>Reads up to the whole hello. The session's handshake timeout holds.</summary>
    /// <returns>Null when there is one; else how the session ends.</returns>
    public async ValueTask<CommandEnd?> ReadAsync()
    {
        await using var stopping = context.Stop.UnsafeRegister(static client => ((ILeg)client!).Abort(), context.Client);
        using var reader = new HandshakeReader(HelloKind.ClientHello);
        var fed = 0L;
        while (true)
        {
            await _client.MoreAsync();
            _client.TakeNews();
            if (context.IsEnding) return CommandEnd.Done(EndReason.None);
            if (_client.Fault is { } fault) return CommandEnd.Done(fault.OfClient());
            if (_client.Bytes.IsEmpty && _client.HasEnded) return CommandEnd.Done(_isUpgraded ? EndReason.ClientGone : EndReason.ClientSilent);
            if (!_client.Bytes.IsEmpty && await StepAsync(reader, fed) is { IsLast: true } step) return step.End;
            if (_client.HasEnded) return await RefuseAsync(EndReason.ClientGone, TlsAlert.InternalError);
            fed = reader.Wire;
        }
    }

    /// <summary>Asks the target for TLS, where the client was told that there is some.</summary>
    /// <returns>None when it agrees; else why not.</returns>
    public async ValueTask<EndReason> AskAsync(ILeg leg)
    {
        if (!_isUpgraded) return EndReason.None;
        await using var stopping = context.Stop.UnsafeRegister(static target => ((ILeg)target!).Abort(), leg);
        var (traffic, target) = (context.Report.Traffic, new FlightSide(leg));
        try
        {
            leg.Output.Write(PostgresOpenings.SslRequestBytes);
            traffic.HeardUp(PostgresOpenings.RequestLength);
            if ((await leg.Output.FlushAsync()).IsCompleted) return EndReason.TargetReset;
            traffic.Up(PostgresOpenings.RequestLength, context.Services.Time.GetTimestamp());
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            return fault.OfTarget();
        }
        do
        {
            await target.MoreAsync();
            target.TakeNews();
            if (target.Fault is { } broken) return broken.OfTarget();
            if (target.Bytes.IsEmpty && target.HasEnded) return EndReason.TargetFin;
        }
        while (target.Bytes.IsEmpty);
        // The client was told already: the letter goes no further
        var agrees = target.Bytes is { Length: 1, FirstSpan: [PostgresOpenings.Accepted] };
        target.Consume(agrees ? 1 : 0);
        return agrees ? EndReason.None : EndReason.PlaintextRefused;
    }

    /// <summary>Has the relay look at the ServerHello.</summary>
    public void WatchAnswer()
    {
        var (session, facts) = (context, Facts);
        session.Report.Traffic.Answer = new AnswerWatch(
            insideTds: false,
            answer => session.Report.FirstFlight(facts with { Version = answer?.Version ?? "" }),
            () => session.End(EndReason.PlaintextRefused));
    }

    /// <summary>Refuses a client that has sent a hello.</summary>
    public ValueTask<CommandEnd> RefuseAsync(EndReason reason, TlsAlert alert) => SayAsync(reason, output => ClearRefusal.WriteAlert(output, alert));

    private async ValueTask<FlightStep> StepAsync(HandshakeReader reader, long fed)
    {
        if (_client.Bytes.FirstSpan is [0x16, ..] || _isUpgraded) return await ReadHelloAsync(reader, fed);
        var first = _client.Bytes.Slice(0, Math.Min(16, _client.Bytes.Length)).ToArray();
        if (!ClearProtocols.TryTellClient(first, out var protocol)) return FlightStep.GoOn;
        if (protocol != ClearProtocol.Postgres) return await RefuseAsync(protocol, Sentence(protocol));
        var status = PostgresOpenings.TryRead(first, out var opening);
        if (status == ParseStatus.NeedMore) return FlightStep.GoOn;
        if (status == ParseStatus.Invalid) return await RefuseAsync(ClearProtocol.Unknown, "");
        if (opening == PostgresOpening.CancelRequest) return await RefuseAsync(protocol, RefusalSentences.Cancel);
        if (opening == PostgresOpening.Startup) return await RefuseAsync(protocol, Sentence(protocol));
        if (_client.Bytes.Length > PostgresOpenings.RequestLength) return await RefuseAsync(protocol, RefusalSentences.Early);
        _isUpgraded = opening == PostgresOpening.SslRequest;
        _client.Consume(PostgresOpenings.RequestLength);
        return await AnswerAsync([_isUpgraded ? PostgresOpenings.Accepted : PostgresOpenings.Refused]) ? FlightStep.GoOn : FlightStep.Over(CommandEnd.Done(EndReason.ClientReset));
    }

    private async ValueTask<FlightStep> ReadHelloAsync(HandshakeReader reader, long fed)
    {
        var status = ParseStatus.NeedMore;
        foreach (var segment in _client.Bytes.Slice(fed))
        {
            if ((status = reader.Feed(segment.Span)) != ParseStatus.NeedMore) break;
        }
        if (status == ParseStatus.NeedMore) return FlightStep.GoOn;
        if (status == ParseStatus.Done && ClientHello.TryRead(reader.Body, out var hello) && FirstFlightStage.IsTls(_client.Bytes.Slice(reader.Wire)))
        {
            Hello = hello;
            _client.Leave();
            return FlightStep.Relay;
        }
        return FlightStep.Over(await SayAsync(EndReason.PlaintextRefused, static output => ClearRefusal.WriteAlert(output, TlsAlert.DecodeError)));
    }

    private async ValueTask<FlightStep> RefuseAsync(ClearProtocol protocol, string sentence)
    {
        context.Report.FirstFlight(FirstFlightFacts.None with { Plaintext = protocol.Name() });
        context.Services.Meters.Plaintext.Add(TlsMode.Enforce, new PlaintextTarget("sni:", protocol.Name(), context.Lease.Grant.User));
        return FlightStep.Over(await SayAsync(EndReason.PlaintextRefused, output => ClearRefusal.Write(output, protocol, sentence)));
    }

    private static string Sentence(ClearProtocol protocol) => protocol == ClearProtocol.Tds
        ? "this port finds its server by the name in the TLS hello, which has to come first: set Encrypt=Strict in the client"
        : RefusalSentences.OfClient(protocol);

    private async ValueTask<CommandEnd> SayAsync(EndReason reason, Action<IBufferWriter<byte>> write)
    {
        _client.Leave();
        var words = new ArrayBufferWriter<byte>();
        write(words);
        return words.WrittenCount == 0 || await AnswerAsync(words.WrittenMemory.ToArray()) ? new CommandEnd(reason, Closing.Fin) : CommandEnd.Done(EndReason.ClientReset);
    }

    private async ValueTask<bool> AnswerAsync(byte[] bytes)
    {
        var (traffic, now) = (context.Report.Traffic, context.Services.Time.GetTimestamp());
        try
        {
            context.Client.Output.Write(bytes);
            traffic.HeardDown(bytes.Length);
            if ((await context.Client.Output.FlushAsync()).IsCompleted) return false;
            traffic.Down(bytes.Length, now);
            return true;
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            return false;
        }
    }
}
