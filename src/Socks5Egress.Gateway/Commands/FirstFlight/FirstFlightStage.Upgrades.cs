using System.Buffers;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>How PostgreSQL, MySQL and SQL Server turn to TLS.</summary>
internal sealed partial class FirstFlightStage
{
    /// <summary>How long a client that was told that there is no TLS has to go on, or to go.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private bool IsEnforced => _requirement.Mode == TlsMode.Enforce;

    /// <summary>The server speaks before the client has: MySQL does, and mail and SSH.</summary>
    private async ValueTask<FlightStep> HearServerAsync()
    {
        switch (MySqlGreeting.TryRead(Whole(Server.Bytes, MySqlGreeting.MaxLength), out var greeting))
        {
            case ParseStatus.NeedMore when !Server.HasEnded && Client.Bytes.IsEmpty && !Client.HasEnded:
                return FlightStep.GoOn;
            case ParseStatus.Done when !greeting.IsError && Server.Bytes.Length == greeting.Length && _spoken != ClearProtocol.MySql:
                _spoken = ClearProtocol.MySql;
                if (!greeting.HasTls) return await RefuseAsync(_spoken, RefusalSentences.OfServer(_spoken));
                break;
            // A few bytes may be the beginning of another server's line
            case ParseStatus.Invalid when _spoken == ClearProtocol.Unknown && Server.Bytes.Length < 4 && !Server.HasEnded:
                return FlightStep.GoOn;
            default:
                if (_spoken == ClearProtocol.Unknown) _spoken = ClearProtocols.TellServer(Whole(Server.Bytes, 4));
                break;
        }
        return await PassAsync(RelaySide.Target, Server.Bytes.Length);
    }

    /// <summary>A client of MySQL asks for TLS, and begins with it at once.</summary>
    private async ValueTask<FlightStep> MySqlAsync() => MySqlOpenings.TryReadSslRequest(Whole(Client.Bytes, MySqlOpenings.SslRequestLength)) switch
    {
        ParseStatus.Done => await HelloAsync(MySqlOpenings.SslRequestLength, "mysql"),
        ParseStatus.NeedMore when !Client.HasEnded => FlightStep.GoOn,
        _ => await RefuseAsync(_spoken, RefusalSentences.OfClient(_spoken), hasGreeting: true),
    };

    /// <summary>
    /// SSH encrypts by itself. Its line goes on alone, and the rest when the server has answered with such a line: four letters in front of another protocol
    /// open nothing.
    /// </summary>
    private async ValueTask<FlightStep> SshAsync()
    {
        if (_spoken is not (ClearProtocol.Unknown or ClearProtocol.Ssh)) return await RefuseAsync(_spoken, RefusalSentences.OfClient(_spoken));
        var status = SshIdentification.TryRead(Whole(Client.Bytes, SshIdentification.MaxLength), out var length);
        if (status == ParseStatus.NeedMore && !Client.HasEnded) return FlightStep.GoOn;
        if (status != ParseStatus.Done) return await RefuseAsync(ClearProtocol.Unknown, "");
        if (_spoken == ClearProtocol.Ssh) return FlightStep.Relay;
        if (await PassAsync(RelaySide.Client, length) is { IsLast: true } broken) return broken;
        while (true)
        {
            status = SshIdentification.TryRead(Whole(Server.Bytes, SshIdentification.MaxLength), out _);
            if (status == ParseStatus.Done) return FlightStep.Relay;
            if (status == ParseStatus.Invalid || _sides.Woken == FlightWake.Overdue) return await RefuseAsync(ClearProtocol.Unknown, "");
            if (Server.HasEnded) return TargetEnded();
            if (!await _sides.NextAsync()) return FlightStep.Over(_sides.End);
        }
    }

    private async ValueTask<FlightStep> PostgresAsync()
    {
        _spoken = ClearProtocol.Postgres;
        var status = PostgresOpenings.TryRead(Whole(Client.Bytes, PostgresOpenings.RequestLength), out var opening);
        if (status == ParseStatus.NeedMore && !Client.HasEnded) return FlightStep.GoOn;
        if (status != ParseStatus.Done) return await RefuseAsync(ClearProtocol.Unknown, "");
        if (opening == PostgresOpening.CancelRequest) return await RefuseAsync(_spoken, RefusalSentences.Cancel);
        if (opening == PostgresOpening.Startup) return await RefuseAsync(_spoken, RefusalSentences.OfClient(_spoken));
        if (Client.Bytes.Length > PostgresOpenings.RequestLength) return await RefuseAsync(_spoken, RefusalSentences.Early);
        if (opening == PostgresOpening.SslRequest)
            return await AskPostgresAsync(PostgresOpenings.Accepted) is { IsLast: true } refused ? refused : await HelloAsync(0, "postgres");
        // GSSAPI encrypts, too, but is no TLS: a client that is told no goes on with TLS
        if (!IsEnforced) return await AskPostgresAsync(PostgresOpenings.Refused);
        Client.Consume(PostgresOpenings.RequestLength);
        return await _sides.AnswerAsync(new[] { PostgresOpenings.Refused }) ? FlightStep.GoOn : FlightStep.Over(_sides.End);
    }

    /// <summary>Asks the server what the client asks it, and hands the answer on if it is <paramref name="hoped"/> and nothing else.</summary>
    private async ValueTask<FlightStep> AskPostgresAsync(byte hoped)
    {
        if (await PassAsync(RelaySide.Client, PostgresOpenings.RequestLength) is { IsLast: true } broken) return broken;
        if (await AwaitServerAsync() is { IsLast: true } end) return end;
        var answer = Whole(Server.Bytes, 2);
        if (answer is [var only] && only == hoped) return await PassAsync(RelaySide.Target, 1);
        if (answer is [PostgresOpenings.Error, ..])
        {
            // Its own words say more than ours: too many clients, for instance
            return await PassAsync(RelaySide.Target, Server.Bytes.Length) is { IsLast: true } gone ? gone : TargetEnded();
        }
        return await RefuseUnencryptedAsync();
    }

    /// <summary>
    /// The server has no TLS. Clients show no error that answers their question for it (CVE-2024-10977), so they are told that there is none, and get the error
    /// when they go on in clear, or soon. What they send then goes no further.
    /// </summary>
    private async ValueTask<FlightStep> RefuseUnencryptedAsync()
    {
        var sentence = RefusalSentences.OfServer(_spoken);
        if (!IsEnforced) return await RefuseAsync(_spoken, sentence);
        if (!await _sides.AnswerAsync(new[] { PostgresOpenings.Refused })) return FlightStep.Over(_sides.End);
        await _sides.WaitForClientAsync(Patience);
        if (Client.Fault is null && !Client.HasEnded) return await RefuseAsync(_spoken, sentence);
        // It wants TLS or nothing, and has gone
        Count(_context, _facts, _requirement.Mode, _spoken);
        return FlightStep.Over(CommandEnd.Done(EndReason.PlaintextRefused));
    }

    /// <summary>SQL Server: PRELOGIN of both sides, then TLS inside packets of PRELOGIN. Before version 8, which is TLS from the first byte.</summary>
    private async ValueTask<FlightStep> TdsAsync()
    {
        _spoken = ClearProtocol.Tds;
        var status = TdsPreLogin.TryRead(Whole(Client.Bytes, TdsPreLogin.MaxLength), TdsPreLogin.RequestType, out var asked);
        if (status == ParseStatus.NeedMore && !Client.HasEnded) return FlightStep.GoOn;
        if (status != ParseStatus.Done || asked.Encryption == TdsEncryption.NotSupported || Client.Bytes.Length > asked.Length)
            return await RefuseAsync(_spoken, RefusalSentences.OfClient(_spoken));
        if (await PassAsync(RelaySide.Client, asked.Length) is { IsLast: true } broken) return broken;
        TdsPreLogin answered;
        do
        {
            if (await AwaitServerAsync() is { IsLast: true } end) return end;
            status = TdsPreLogin.TryRead(Whole(Server.Bytes, TdsPreLogin.MaxLength), TdsPreLogin.ResponseType, out answered);
        }
        while (status == ParseStatus.NeedMore && !Server.HasEnded);
        if (status != ParseStatus.Done || Server.Bytes.Length > answered.Length || answered.Encryption is not (TdsEncryption.On or TdsEncryption.Required))
            return await RefuseAsync(_spoken, RefusalSentences.OfServer(_spoken));
        return await PassAsync(RelaySide.Target, answered.Length) is { IsLast: true } gone ? gone : await HelloAsync(0, "tds");
    }

    /// <summary>Waits for the server's answer to the question for TLS. What the client says meanwhile cannot be TLS yet.</summary>
    private async ValueTask<FlightStep> AwaitServerAsync()
    {
        do
        {
            if (!await _sides.NextAsync()) return FlightStep.Over(_sides.End);
            if (!Client.Bytes.IsEmpty) return await RefuseAsync(_spoken, RefusalSentences.Early);
            if (_sides.Woken == FlightWake.Overdue) return await RefuseAsync(_spoken, "");
            // A client that waits for nothing hears it all the same, as in a relay
            if (Client.HasEnded) return FlightStep.Relay;
            if (Server.Bytes.IsEmpty && Server.HasEnded) return TargetEnded();
        }
        while (Server.Bytes.IsEmpty);
        return FlightStep.GoOn;
    }

    private async ValueTask<FlightStep> PassAsync(RelaySide from, long count) =>
        await _sides.PassAsync(from, count) ? FlightStep.GoOn : FlightStep.Over(_sides.End);

    /// <summary>The first bytes in one piece.</summary>
    private static ReadOnlySpan<byte> Whole(in ReadOnlySequence<byte> bytes, int most)
    {
        var first = bytes.Slice(0, Math.Min(most, bytes.Length));
        return first.IsSingleSegment ? first.FirstSpan : first.ToArray();
    }
}
