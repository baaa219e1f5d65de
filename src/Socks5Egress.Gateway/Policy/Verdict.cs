using System.Net;

namespace Socks5Egress.Gateway.Policy;

/// <summary>How the first step ended. The default value is a refusal.</summary>
internal enum NameDecision : byte
{
    /// <summary>Not to be resolved and not to be dialled.</summary>
    Refused,

    /// <summary>A name: resolve it, then judge each address.</summary>
    Resolve,

    /// <summary>An address: judge it.</summary>
    Literal,
}

/// <summary>The first step's verdict.</summary>
/// <param name="Decision">What to do next.</param>
/// <param name="Rule">The rule that refused it; null unless refused.</param>
/// <param name="Question">What the second step wants to know; empty when refused.</param>
internal readonly record struct NameVerdict(NameDecision Decision, string? Rule, TargetQuery Question)
{
    public static NameVerdict Refused(string rule) => new(NameDecision.Refused, rule, default);
}

/// <summary>How the second step ended. The default value is a refusal.</summary>
internal enum Decision : byte
{
    /// <summary>Not to be dialled. The client learns no more than that.</summary>
    Refused,

    /// <summary>May be dialled.</summary>
    Allowed,

    /// <summary>May be dialled, and would have been refused if the policy were enforced: to be logged and counted.</summary>
    Reported,
}

/// <summary>The second step's verdict on one address.</summary>
/// <param name="Decision">Whether it may be dialled.</param>
/// <param name="Rule">The rule that decided: <c>allow:RULE</c>, <c>deny:RULE</c>, <c>default:CLASS</c>, <c>default</c> and so on.</param>
/// <param name="Address">The address that was judged, and so the one to dial: scope dropped, mapped form unwrapped.</param>
internal readonly record struct Verdict(Decision Decision, string Rule, IPAddress Address)
{
    /// <summary>True when the address may be dialled.</summary>
    public bool MayDial => Decision != Decision.Refused;
}
