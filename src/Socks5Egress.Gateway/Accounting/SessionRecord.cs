using System.Collections;
using System.Globalization;
using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>
/// Everything known of one session, filled in as it goes on: read live by the admin pages, and once by the log when the session has ended.
/// As a log state it is the list of fields of <c>session.end</c>; their names are part of the contract.
/// </summary>
internal sealed class SessionRecord(long number, string listener, IPEndPoint client, TimeProvider time) : ISessionReport, IReadOnlyList<KeyValuePair<string, object?>>
{
    private Traffic? _traffic;
    private static readonly string Instance = Random.Shared.Next().ToString("x8", CultureInfo.InvariantCulture);
    private readonly long _accepted = time.GetTimestamp();
    private long _requested, _resolved, _connected, _ended, _takenUp, _takenDown;

    /// <summary>Counts connections within one run.</summary>
    public long Number => number;

    /// <summary>Unique over restarts, sortable within one run.</summary>
    public string Id => Instance + "-" + number.ToString("x6", CultureInfo.InvariantCulture);

    public string Listener { get; } = listener;

    public IPEndPoint Client { get; set; } = client;

    public string? User { get; set; }

    public string? Protocol { get; set; }

    public string? Command { get; set; }

    /// <summary>As the client said it.</summary>
    public Destination? Target { get; set; }

    public IPEndPoint? Dialled { get; private set; }

    /// <summary>The egress address and port.</summary>
    public IPEndPoint? Source { get; private set; }

    /// <summary>What the policy said; null before it was asked.</summary>
    public PolicyDecision? Judgement { get; private set; }

    /// <summary>The name of the policy that judged it; null before that.</summary>
    public string? Policy => Judgement?.Policy;

    /// <summary>What the policy decided; null before it was judged.</summary>
    public Decision? Verdict => Judgement?.Verdict;

    /// <summary>The rule that decided.</summary>
    public string? Rule => Judgement?.Rule;

    /// <summary>HTTP requests that were forwarded or refused; 0 where a session is one request. Target, verdict and endpoints are the last one's.</summary>
    public long Requests { get; private set; }

    /// <summary>What has flowed; it comes into being when somebody asks for it first.</summary>
    public Traffic Traffic => LazyInitializer.EnsureInitialized(ref _traffic, static () => new Traffic());

    public EndReason End { get; private set; }

    /// <summary>From accept to its end; null before that.</summary>
    public TimeSpan? TotalTime => Between(_accepted, _ended);

    /// <summary>How long it has been going on, or went on.</summary>
    public TimeSpan Duration => time.GetElapsedTime(_accepted, _ended == 0 ? time.GetTimestamp() : _ended);

    /// <summary>From accept to a whole request; null without one. A request that comes later on a kept connection has none.</summary>
    public TimeSpan? HandshakeTime => Between(_accepted, _requested);

    /// <summary>From request to addresses; null without.</summary>
    public TimeSpan? LookUpTime => Between(_requested, _resolved);

    /// <summary>From addresses to a connected target; null without.</summary>
    public TimeSpan? ConnectTime => Between(_resolved == 0 ? _requested : _resolved, _connected);

    /// <summary>From accept to the target's first byte; null without.</summary>
    public TimeSpan? FirstByteTime => Between(_accepted, Traffic.FirstDown);

    /// <summary>Takes what has flowed since the last call, so that every byte is counted once, while the session lives or at its end.</summary>
    public (long Up, long Down) TakeTraffic() => Volatile.Read(ref _traffic) is null ? default : (Take(ref _takenUp, Traffic.BytesUp), Take(ref _takenDown, Traffic.BytesDown));

    /// <summary>The client's request is read.</summary>
    public void Requested() => _requested = time.GetTimestamp();

    /// <summary>How the client proved who it is: <c>password</c>, <c>token</c>, <c>certificate</c>, <c>none</c>; null before that.</summary>
    public string? Login { get; private set; }

    /// <summary>The name in the client's certificate that is the user's, or the subject of its token; null without one.</summary>
    public string? Subject { get; private set; }

    /// <inheritdoc/>
    public void LoggedIn(string? user, string? login, string? subject) => (User, Login, Subject) = (user, login, subject);

    /// <inheritdoc/>
    public void RefusedToken(JwtFault fault) => TokenFault = fault;

    /// <summary>What is wrong with the last token that was refused.</summary>
    public JwtFault TokenFault { get; private set; }

    /// <inheritdoc/>
    public void Asked(Destination target) => Target = target;

    /// <inheritdoc/>
    public void Answered() => Requests++;

    /// <inheritdoc/>
    public void Judged(PolicyDecision judgement, long resolvedAt) => (Judgement, _resolved) = (judgement, resolvedAt == 0 || _connected != 0 ? _resolved : resolvedAt);

    /// <inheritdoc/>
    public void Forbidden(string? rule) => Judgement = new PolicyDecision(Policy, Decision.Refused, rule);

    /// <summary>What the first flight said; null where it was not read.</summary>
    public FirstFlightFacts? FirstFlightFacts { get; private set; }

    /// <inheritdoc/>
    public void FirstFlight(FirstFlightFacts facts) => FirstFlightFacts = facts;

    /// <summary>The listener has users: who comes has to log in.</summary>
    public bool WantsLogin { get; init; } = true;

    /// <summary>The target is connected. Of an HTTP session with several connections the times are those of the first.</summary>
    public void Connected(IPEndPoint dialled, IPEndPoint source)
    {
        if (_connected == 0) _connected = time.GetTimestamp();
        (Dialled, Source) = (dialled, source);
    }

    /// <summary>It is over.</summary>
    public void Ended(EndReason end)
    {
        _ended = time.GetTimestamp();
        End = end;
    }

    public int Count => SessionFields.Count;

    public KeyValuePair<string, object?> this[int index] => SessionFields.Of(this, index);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    /// <summary>What a person reads when the log has no fields.</summary>
    public override string ToString() => $"{Target} {End.ToKebab()}";

    /// <summary>How far it got: <c>handshake</c>, <c>connect</c> (policy and look-up included) or <c>relay</c>.</summary>
    public string Stage => _requested == 0 ? "handshake" : _connected == 0 ? "connect" : "relay";

    /// <summary>Which way the last bytes went; null without any.</summary>
    public string? LastDirection => (Traffic.LastUp, Traffic.LastDown) switch
    {
        (0, 0) => null,
        var (up, down) => up > down ? "up" : "down",
    };

    /// <summary>Two may ask at once: a smaller total that comes later takes nothing.</summary>
    private static long Take(ref long taken, long total)
    {
        while (Volatile.Read(ref taken) is var before && total > before)
        {
            if (Interlocked.CompareExchange(ref taken, total, before) == before) return total - before;
        }
        return 0;
    }

    private TimeSpan? Between(long from, long to) => from == 0 || to == 0 ? null : time.GetElapsedTime(from, to);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
