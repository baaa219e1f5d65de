namespace Socks5Egress.Gateway.Grants;

/// <summary>
/// The place of one live thing in the walk that follows every change of the rules. Its owner publishes what it was granted at each step, and
/// may go on only while <see cref="Hold"/> says so.
/// </summary>
internal sealed class Lease : IDisposable
{
    private readonly CurrentSnapshot _rules;
    private readonly IGranted _owner;
    private volatile Grant _grant;
    private string? _revokedBy;

    internal Lease(CurrentSnapshot rules, Lease? parent, Grant grant, IGranted owner)
    {
        (_rules, _grant, _owner) = (rules, grant, owner);
        Root = parent?.Root ?? owner;
    }

    /// <summary>The owner of the lease that this one branched off from, in the end: the session.</summary>
    public IGranted Root { get; }

    /// <summary>What was granted so far.</summary>
    public Grant Grant => _grant;

    /// <summary>The rules that hold now.</summary>
    public ConfigSnapshot Rules => _rules.Now;

    /// <summary>What its listener asks of clients under these rules; a listener that is gone serves nothing.</summary>
    public ListenerPolicy ListenerOf(ConfigSnapshot rules) => rules.ListenerOf(_grant.Listener) ?? ListenerPolicy.Closed;

    /// <summary>The rule that has forbidden it, for good; null: it holds.</summary>
    public string? RevokedBy => Volatile.Read(ref _revokedBy);

    /// <summary>The rules have forbidden it.</summary>
    public bool IsRevoked => RevokedBy is not null;

    /// <summary>
    /// Publishes what is granted by now. When the rules have changed since it was judged, it is judged again at once: either the walk sees this
    /// grant, or this call sees the new rules.
    /// </summary>
    /// <param name="grant">What is granted.</param>
    /// <param name="judgedBy">The rules that the owner read before it judged what is new in the grant.</param>
    /// <returns>False when it does not hold; the owner was told.</returns>
    public bool Hold(Grant grant, ConfigSnapshot judgedBy)
    {
        _grant = grant;
        Interlocked.MemoryBarrier();
        var now = _rules.Now;
        if (!ReferenceEquals(now, judgedBy)) Judge(now);
        return !IsRevoked;
    }

    /// <summary>A lease of its own for something that this thing started, such as one request of a connection.</summary>
    /// <inheritdoc cref="Hold"/>
    /// <param name="grant">What is granted.</param>
    /// <param name="owner">Told when the grant does not hold any more.</param>
    /// <param name="judgedBy">The rules that the owner read before it judged what is in the grant.</param>
    public Lease Branch(Grant grant, IGranted owner, ConfigSnapshot judgedBy) => _rules.Register(grant, owner, judgedBy, this);

    /// <summary>Ends it for what no rulebook shows, such as a connection that came back here.</summary>
    /// <param name="rule">The rule that logs and answers name.</param>
    public void Revoke(string rule)
    {
        if (Interlocked.CompareExchange(ref _revokedBy, rule, null) is null) _owner.Revoke();
        if (!ReferenceEquals(Root, _owner)) Root.Revoke();
    }

    /// <summary>The thing is over.</summary>
    public void Dispose() => _rules.Forget(this);

    /// <returns>True when this call has revoked it.</returns>
    internal bool Judge(ConfigSnapshot rules)
    {
        if (IsRevoked || GrantRules.Refuses(rules, _grant) is not { } rule || Interlocked.CompareExchange(ref _revokedBy, rule, null) is not null)
            return false;
        _owner.Revoke();
        return true;
    }
}
