using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>
/// A session that has its target, as the sweep of <see cref="RetiringSessions"/> knows it: whether it is due, why, and how it ends. Only the sweep's
/// thread judges it.
/// </summary>
/// <param name="all">Where it is entered, until it is disposed.</param>
/// <param name="began">When its target was connected.</param>
internal abstract class RetiringSession(RetiringSessions all, long began) : IDisposable
{
    private const int Free = 0, Ending = 1, Left = 2;

    /// <summary>An attempt that failed makes way for the others of the pool: a peer that has stopped reading would take every turn.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    /// <summary>A gap that short may be in the middle of an answer, whatever an operator asks for.</summary>
    protected static readonly TimeSpan LeastQuiet = TimeSpan.FromMilliseconds(250);

    private ConfigSnapshot? _judgedBy;
    private Grant? _judged;
    private long _lifetimeEnd, _dueSince, _askedAt, _failedAt;
    private bool _hasOldPassword;
    private volatile bool _now;
    private volatile Followed? _followed;
    private int _state;

    /// <summary>What it was granted.</summary>
    public abstract Grant Grant { get; }

    /// <summary>The target as the client or the configuration said it; null where it has several.</summary>
    public abstract Destination? Asked { get; }

    /// <summary>When its target was connected.</summary>
    public long Began => began;

    /// <summary>Why it is due.</summary>
    public RetireCause Cause { get; private set; }

    /// <summary>What the rules say of it.</summary>
    public SessionTerms Terms { get; private set; } = SessionTerms.None;

    /// <summary>It is over.</summary>
    public bool HasLeft => Volatile.Read(ref _state) == Left;

    internal RetirePool? Pool { get; set; }

    internal long Number { get; set; }

    /// <summary>Whether nobody would miss it if it ended now.</summary>
    /// <param name="quiet">The time without a byte.</param>
    /// <param name="now">The present timestamp.</param>
    public abstract bool IsQuiet(TimeSpan quiet, long now);

    /// <summary>Ends it in order, if nothing has come in between.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="quiet">The time without a byte; null: it has waited long enough, and a pause will do.</param>
    protected abstract void End(EndReason reason, TimeSpan? quiet);

    /// <summary>Has it keep to a pace. Nothing where it has none of its own.</summary>
    protected virtual void Pace(long bitsPerSecond)
    {
    }

    /// <summary>An operator asks for its end.</summary>
    /// <param name="at">The timestamp from which it is due.</param>
    /// <param name="now">Without waiting for a time without a byte.</param>
    public void Ask(long at, bool now)
    {
        _now |= now;
        if (Volatile.Read(ref _askedAt) is var before && (before == 0 || at < before)) Volatile.Write(ref _askedAt, at);
        all.Wake(this);
    }

    /// <summary>The name that is looked up again for its sake, in the family of its address; null: none.</summary>
    public LookupKey? FollowedName => _followed?.Key;

    /// <summary>Its name was looked up again.</summary>
    public void Answered(LookupKey key, ResolveResult answer)
    {
        if (_followed is not { } followed || followed.Key != key) return;
        followed.Missing = AnswerCount.Next(followed.Missing, answer, followed.Address);
        if (followed.Missing == AnswerCount.Enough) all.Wake(this);
    }

    /// <summary>The time without a byte that it needs.</summary>
    public TimeSpan Quiet(in RetireSettings settings) => _now && settings.Quiet > LeastQuiet ? LeastQuiet : settings.Quiet;

    /// <summary>Why it is due by these rules.</summary>
    internal RetireCause Judge(ConfigSnapshot rules, long now)
    {
        if (Grant is var grant && (!ReferenceEquals(rules, _judgedBy) || !ReferenceEquals(grant, _judged))) Read(rules, grant);
        Cause = Volatile.Read(ref _askedAt) is var asked and not 0 && now >= asked ? RetireCause.Asked
            : _hasOldPassword ? RetireCause.Password
            : _followed is { Missing: AnswerCount.Enough } ? RetireCause.Moved
            : _lifetimeEnd != 0 && now >= _lifetimeEnd ? RetireCause.Lifetime
            : RetireCause.None;
        if (Cause == RetireCause.None) _dueSince = 0;
        else if (_dueSince == 0) _dueSince = now;
        return Cause;
    }

    /// <summary>Whether its time comes before a timestamp, as far as it is known by now.</summary>
    internal bool IsDueBefore(long then) => (_lifetimeEnd != 0 && _lifetimeEnd < then) || (Volatile.Read(ref _askedAt) is var asked and not 0 && asked < then);

    /// <summary>How long it has been due.</summary>
    internal TimeSpan DueFor(long now) => all.Time.GetElapsedTime(_dueSince, now);

    /// <summary>No attempt to end it has failed just now.</summary>
    internal bool MayTry(long now) => Volatile.Read(ref _failedAt) is var failed && (failed == 0 || all.Time.GetElapsedTime(failed, now) >= AfterFailure);

    /// <summary>Ends it unless an earlier attempt is still under way.</summary>
    internal bool TryEnd(EndReason reason, TimeSpan? quiet)
    {
        if (Interlocked.CompareExchange(ref _state, Ending, Free) != Free) return false;
        End(reason, quiet);
        return true;
    }

    /// <summary>It did not end: the next quiet moment is waited for.</summary>
    protected void GoOn(TimeSpan? quiet)
    {
        if (quiet is not null)
        {
            Volatile.Write(ref _failedAt, all.Time.GetTimestamp());
            Pool?.GiveBack();
        }
        Interlocked.CompareExchange(ref _state, Free, Ending);
    }

    /// <summary>It is over.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _state, Left) != Left) all.Leave(this);
    }

    private void Read(ConfigSnapshot rules, Grant grant)
    {
        (_judgedBy, _judged) = (rules, grant);
        var before = Terms.Rate ?? 0;
        Terms = GrantTerms.Of(rules, grant);
        _hasOldPassword = GrantTerms.HasOldPassword(rules, grant);
        _lifetimeEnd = RetireRules.LifetimeEnd(
            began, Terms.Lifetime ?? TimeSpan.Zero, Terms.Jitter ?? SessionTerms.DefaultJitter, Number, all.Time.TimestampFrequency);
        Follow(grant);
        if (before != (Terms.Rate ?? 0)) Pace(Terms.Rate ?? 0);
    }

    private void Follow(Grant grant)
    {
        // A client may write a literal address as a name
        var followed = Terms.Follow == true && grant is { Address: { } address, Target.Name: { } name } && !AddressLiteral.TryParse(name, out _)
            ? new Followed(new LookupKey(name.TrimEnd('.').ToLowerInvariant(), address.AddressFamily), address)
            : null;
        if (followed == _followed) return;
        _followed = followed;
        all.Follow(this, followed is not null);
    }

    /// <summary>A name and the address that it stood for.</summary>
    private sealed record Followed(LookupKey Key, IPAddress Address)
    {
        private int _missing;

        /// <summary>Answers in a row without the address.</summary>
        public int Missing
        {
            get => Volatile.Read(ref _missing);
            set => Volatile.Write(ref _missing, value);
        }

        public bool Equals(Followed? other) => other is not null && Key == other.Key && Address.Equals(other.Address);

        public override int GetHashCode() => HashCode.Combine(Key, Address);
    }
}
