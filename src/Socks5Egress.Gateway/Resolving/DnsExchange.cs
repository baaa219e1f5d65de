using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Dns;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// One question to the name servers until one of them has answered it. The next server is asked as soon as one has failed, or has been silent for
/// a while; the silent one may still answer. Runs on one thread, that of its channels and timers.
/// </summary>
/// <remarks>
/// What is taken for an answer: a message from the address that was asked, to the port that asked, with the ID and the question of the query
/// (RFC 5452 section 9.1). Anything else is passed over, as somebody may be guessing; after a few guesses the server is asked over TCP, where
/// guessing is another matter.
/// </remarks>
internal sealed class DnsExchange : IDnsReceiver
{
    /// <summary>For all servers together.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>How long a server may be silent before another one is asked; the same one is asked again after twice that. Doubles each round.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int Rounds = 3;
    private const int MaxGuesses = 16;

    private readonly DnsQuery _query;
    private readonly DnsServers _servers;
    private readonly OpenDnsChannel _open;
    private readonly TimeProvider _time;
    private readonly Action<ResolveResult> _done;
    private readonly IReadOnlyList<IPEndPoint> _order;
    private readonly Attempt?[] _attempts;
    private readonly bool _useTcp;
    private readonly long _began;
    private ITimer? _timer;
    private int _next;
    private bool _isOver, _lacksDescriptors;

    /// <param name="query">What is asked.</param>
    /// <param name="servers">Whom.</param>
    /// <param name="useTcp">Over TCP from the first.</param>
    /// <param name="open">Opens a way to a server.</param>
    /// <param name="time">The clock.</param>
    /// <param name="done">Told the answer, once.</param>
    public DnsExchange(DnsQuery query, DnsServers servers, bool useTcp, OpenDnsChannel open, TimeProvider time, Action<ResolveResult> done)
    {
        (_query, _servers, _useTcp, _open, _time, _done) = (query, servers, useTcp, open, time, done);
        (_order, _began) = (servers.InOrder(), time.GetTimestamp());
        _attempts = new Attempt?[_order.Count];
    }

    /// <summary>Asks the first server; later, the next one.</summary>
    public void Start() => Guarded(AskNext);

    /// <summary>Nobody waits any more, or it failed by a bug.</summary>
    public void Close()
    {
        _isOver = true;
        _timer?.Dispose();
        foreach (var attempt in _attempts) attempt?.Channel?.Dispose();
    }

    public void Received(IDnsChannel channel, ReadOnlyMemory<byte> message)
    {
        if (!_isOver && Find(channel) is { } attempt) Guarded(() => Read(attempt, message));
    }

    public void Failed(IDnsChannel channel)
    {
        if (!_isOver && Find(channel) is { } attempt) Guarded(() => Fail(attempt));
    }

    /// <summary>Whatever happens, whoever waits is answered.</summary>
    private void Guarded(Action step)
    {
        try
        {
            step();
        }
        catch
        {
            Finish(DnsAnswers.Failure);
            throw;
        }
    }

    private void Read(Attempt attempt, ReadOnlyMemory<byte> message)
    {
        if (!_query.IsAnsweredBy(message.Span, attempt.Id))
        {
            if (++attempt.Guesses == MaxGuesses) Ask(attempt, overTcp: true, attempt.UsesEdns);
            return;
        }
        var parsed = DnsResponse.Read(new ReadOnlySequence<byte>(message));
        if (parsed.Status == ParseStatus.Done) Judge(attempt, parsed.Value, message.Span);
        else Fail(attempt);
    }

    private Attempt? Find(IDnsChannel channel) => Array.Find(_attempts, attempt => attempt?.Channel == channel);

    private void Judge(Attempt attempt, in DnsResponse response, ReadOnlySpan<byte> message)
    {
        switch (response)
        {
            case { IsTruncated: true }:
                if (attempt.OverTcp) Fail(attempt);
                else Ask(attempt, overTcp: true, attempt.UsesEdns);
                break;
            case { Code: DnsCode.NoError or DnsCode.NameError }:
                _servers.Answered(attempt.Server);
                Finish(DnsAnswers.Of(_query, response, message));
                break;
            // A server older than EDNS
            case { Code: DnsCode.FormatError or DnsCode.NotImplemented } when attempt.UsesEdns:
                Ask(attempt, attempt.OverTcp, edns: false);
                break;
            default:
                Fail(attempt);
                break;
        }
    }

    /// <summary>Asks the next server whose turn it is; when all have had their turns, waits for those that may still answer.</summary>
    private void AskNext()
    {
        while (!_isOver)
        {
            var left = Limit - _time.GetElapsedTime(_began);
            if (left <= TimeSpan.Zero)
            {
                GiveUp();
                return;
            }
            if (_next == Rounds * _order.Count)
            {
                if (_attempts.All(attempt => attempt is null or { HasFailed: true })) GiveUp();
                else SetTimer(left);
                return;
            }
            var (round, at) = (_next / _order.Count, _next % _order.Count);
            _next++;
            var attempt = _attempts[at] ??= new Attempt(_order[at]);
            // One that has failed is not asked again: it would say the same
            if (attempt.HasFailed) continue;
            var patience = Patience * (_order.Count == 1 ? 2 : 1) * (1 << round);
            SetTimer(patience < left ? patience : left);
            if (attempt.Channel is { } open) open.Send(attempt.Query);
            else Ask(attempt, _useTcp, edns: true);
            return;
        }
    }

    private void Ask(Attempt attempt, bool overTcp, bool edns)
    {
        attempt.Channel?.Dispose();
        (attempt.OverTcp, attempt.UsesEdns, attempt.Guesses) = (overTcp, edns, 0);
        attempt.Id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        Span<byte> query = stackalloc byte[DnsQuery.MaxLength];
        attempt.Query = query[.._query.Write(query, attempt.Id, edns)].ToArray();
        attempt.Channel = _open(attempt.Server, overTcp, this);
        if (attempt.Channel is { } channel)
        {
            channel.Send(attempt.Query);
            return;
        }
        _lacksDescriptors = true;
        Fail(attempt);
    }

    private void Fail(Attempt attempt)
    {
        if (attempt.HasFailed) return;
        attempt.HasFailed = true;
        attempt.Channel?.Dispose();
        attempt.Channel = null;
        // Servers that were asked before may still answer, but nobody waits for that alone
        AskNext();
    }

    private void SetTimer(TimeSpan due)
    {
        _timer?.Dispose();
        _timer = _time.After("dns", due, static exchange => exchange.Start(), this);
    }

    private void GiveUp()
    {
        foreach (var attempt in _attempts)
        {
            if (attempt is not null) _servers.Failed(attempt.Server);
        }
        Finish(_lacksDescriptors ? ResolveResult.Of(EndReason.OutOfDescriptors) : DnsAnswers.Failure);
    }

    private void Finish(ResolveResult answer)
    {
        if (_isOver) return;
        Close();
        _done(answer);
    }

    /// <summary>One server in this exchange.</summary>
    private sealed class Attempt(IPEndPoint server)
    {
        public IPEndPoint Server => server;

        public IDnsChannel? Channel { get; set; }

        public ushort Id { get; set; }

        public byte[] Query { get; set; } = [];

        public bool OverTcp { get; set; }

        public bool UsesEdns { get; set; }

        /// <summary>Messages that answer something else.</summary>
        public int Guesses { get; set; }

        public bool HasFailed { get; set; }
    }
}
