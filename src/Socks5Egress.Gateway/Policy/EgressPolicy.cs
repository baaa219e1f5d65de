using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// Who may go where, in two pure steps: the name before anything is resolved, then each address before it is dialled.
/// Immutable, safe from any thread; a judgement in the ordinary case allocates nothing and does not grow with the number of rules.
/// </summary>
/// <remarks>
/// For an address the first match decides: own listening endpoint; deny rule; allow rule by address, CIDR or this exact
/// host; special name; default table; allow rule by suffix or <c>*</c>; port 25; the default. So <c>*</c> and
/// <c>*.suffix</c> never open the default table.
/// </remarks>
internal sealed class EgressPolicy
{
    private readonly RuleIndex _allow;
    private readonly RuleIndex _deny;
    private readonly LocalEndpoints _local;
    private readonly EmbeddedIPv4 _embedded;

    /// <param name="allow">Allow rules, in the order of writing. One without ports does not cover port 25.</param>
    /// <param name="deny">Deny rules, in the order of writing.</param>
    /// <param name="defaultIs">What becomes of a destination that no rule names.</param>
    /// <param name="mode">Whether deny rules and the default are enforced.</param>
    /// <param name="local">This machine's own endpoints.</param>
    /// <param name="embedded">Finds IPv4 addresses in IPv6 ones; null: without prefixes of this network.</param>
    public EgressPolicy(
        IEnumerable<Rule> allow, IEnumerable<Rule> deny, PolicyDefault defaultIs, PolicyMode mode, LocalEndpoints local, EmbeddedIPv4? embedded = null)
        : this(
            new RuleIndex(allow, "allow:", PortSet.AllButSmtp), new RuleIndex(deny, "deny:", PortSet.All), defaultIs, mode, local,
            embedded ?? EmbeddedIPv4.Default)
    {
    }

    private EgressPolicy(RuleIndex allow, RuleIndex deny, PolicyDefault defaultIs, PolicyMode mode, LocalEndpoints local, EmbeddedIPv4 embedded)
    {
        _embedded = embedded;
        _allow = allow;
        _deny = deny;
        _local = local;
        Default = defaultIs;
        Mode = mode;
    }

    /// <summary>What becomes of a destination that no rule names.</summary>
    public PolicyDefault Default { get; }

    /// <summary>Whether deny rules and the default are enforced.</summary>
    public PolicyMode Mode { get; }

    /// <summary>What its sessions have to say first.</summary>
    public TlsRequirement Tls { get; init; }

    /// <summary>The same rules on a machine that has changed. Cheap: the rules are shared.</summary>
    public EgressPolicy With(LocalEndpoints local) => new(_allow, _deny, Default, Mode, local, _embedded) { Tls = Tls };

    /// <summary>
    /// The first step. A name that no address could save is refused here: its look-up would tell a name server what was asked
    /// for, and tell the client, by the reply, whether a private name exists.
    /// </summary>
    /// <param name="destination">What is asked for.</param>
    /// <param name="named">A rule outside the policy that allows exactly this destination, such as a static forward's; or null.</param>
    public NameVerdict JudgeName(Destination destination, IndexedRule? named = null)
    {
        if (destination.Port == 0) return NameVerdict.Refused(RuleNames.PortZero);
        var check = HostName.Judge(destination);
        if (check.Refusal is not null) return NameVerdict.Refused(check.Refusal);
        var port = destination.Port;
        var question = check.Host is { } host
            ? new TargetQuery
            {
                Host = host,
                Port = port,
                Special = check.Special,
                Deny = IndexedRule.First(_deny.FindHost(host, port), _deny.FindWide(host, port)),
                AllowHost = named is { IsWide: false } ? named : _allow.FindHost(host, port),
                AllowWide = named is { IsWide: true } ? named : _allow.FindWide(host, port),
            }
            : new TargetQuery
            {
                Literal = check.Address,
                Port = port,
                Deny = _deny.FindAny(port),
                AllowHost = named,
                AllowWide = _allow.FindAny(port),
            };
        if (question.Deny is { } deny && Mode == PolicyMode.Enforce) return NameVerdict.Refused(deny.Name);
        if (question.Literal is not null) return new NameVerdict(NameDecision.Literal, null, question);
        return Hopeless(question) is { } rule ? NameVerdict.Refused(rule) : new NameVerdict(NameDecision.Resolve, null, question);
    }

    /// <summary>The second step, for the literal or for each resolved address. Only what it allows is dialled.</summary>
    public Verdict JudgeAddress(in TargetQuery question, IPAddress address)
    {
        var canonical = AddressLiteral.Canonical(address);
        var bits = AddressBits.Of(canonical);
        var verdict = Judge(question, canonical, bits);
        if (bits.IsIPv4 || !verdict.MayDial) return verdict;
        Span<AddressBits> inside = stackalloc AddressBits[EmbeddedIPv4.Most];
        foreach (var each in inside[.._embedded.Find(bits, inside)])
        {
            if (JudgeEmbedded(question, canonical, each) is not { } own) continue;
            if (!own.MayDial) return own;
            if (verdict.Decision == Decision.Allowed) verdict = own;
        }
        return verdict;
    }

    /// <summary>
    /// What the rules say of the IPv4 address that an allowed IPv6 address leads to: null for nothing against it. Which rule opened the IPv6
    /// address says nothing about it; that no rule names it is no refusal.
    /// </summary>
    private Verdict? JudgeEmbedded(in TargetQuery question, IPAddress canonical, AddressBits bits)
    {
        var port = question.Port;
        if (_local.IsOwnListener(bits, port)) return new Verdict(Decision.Refused, RuleNames.OwnListener, canonical);
        var builtIn = RefusedByTable(bits);
        if (_deny.FindRange(bits, port) is { } deny) return Liftable(deny.Name, builtIn is null && port != RuleNames.Smtp, canonical);
        return builtIn is null || question.AllowHost is not null || _allow.FindRange(bits, port) is not null
            ? null
            : new Verdict(Decision.Refused, builtIn, canonical);
    }

    private Verdict Judge(in TargetQuery question, IPAddress canonical, AddressBits bits)
    {
        var port = question.Port;
        if (port == 0) return new Verdict(Decision.Refused, RuleNames.PortZero, canonical);
        if (_local.IsOwnListener(bits, port)) return new Verdict(Decision.Refused, RuleNames.OwnListener, canonical);
        var builtIn = question.Special ?? RefusedByTable(bits);
        if (IndexedRule.First(question.Deny, _deny.FindRange(bits, port)) is { } deny)
            return Liftable(deny.Name, builtIn is null && port != RuleNames.Smtp, canonical);
        if (IndexedRule.First(question.AllowHost, _allow.FindRange(bits, port)) is { } exact)
            return new Verdict(Decision.Allowed, exact.Name, canonical);
        if (builtIn is not null) return new Verdict(Decision.Refused, builtIn, canonical);
        if (question.AllowWide is { } wide) return new Verdict(Decision.Allowed, wide.Name, canonical);
        if (port == RuleNames.Smtp) return new Verdict(Decision.Refused, RuleNames.PortSmtp, canonical);
        return Default == PolicyDefault.None
            ? Liftable(RuleNames.DefaultNone, true, canonical)
            : new Verdict(Decision.Allowed, RuleNames.Default, canonical);
    }

    /// <summary>The class of an address on this machine: an interface's own public address is no public one.</summary>
    public AddressClass ClassOf(IPAddress address) => ClassOf(AddressBits.Of(address));

    /// <summary>A refusal that the policy's mode may lift, where nothing built in refuses too.</summary>
    private Verdict Liftable(string rule, bool mayLift, IPAddress address) => Mode switch
    {
        PolicyMode.Report when mayLift => new Verdict(Decision.Reported, rule, address),
        PolicyMode.Open when mayLift => new Verdict(Decision.Allowed, RuleNames.Open, address),
        _ => new Verdict(Decision.Refused, rule, address),
    };

    private string? Hopeless(in TargetQuery question)
    {
        if (question.AllowHost is not null || _allow.HasRanges) return null;
        if (question.Special is not null) return question.Special;
        if (question.AllowWide is not null) return null;
        if (question.Port == RuleNames.Smtp) return RuleNames.PortSmtp;
        return Default == PolicyDefault.None && Mode == PolicyMode.Enforce ? RuleNames.DefaultNone : null;
    }

    private string? RefusedByTable(AddressBits address) =>
        ClassOf(address) is var kind and not AddressClass.Public ? RuleNames.OfClass(kind) : null;

    private AddressClass ClassOf(AddressBits address) => AddressTable.Classify(address) switch
    {
        AddressClass.Public when _local.IsInterface(address) => AddressClass.OwnInterface,
        var kind => kind,
    };
}
