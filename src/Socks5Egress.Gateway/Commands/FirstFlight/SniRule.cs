using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>Whether the name in a ClientHello fits what the client asked for (<c>"Sni": "match"</c>). Pure.</summary>
internal static class SniRule
{
    /// <param name="policy">The user's policy.</param>
    /// <param name="asked">What the client asked for.</param>
    /// <param name="dialled">What was dialled: the same, or a full name that the client's short one stands for.</param>
    /// <param name="address">The address that is connected.</param>
    /// <param name="sni">The name; null without one.</param>
    /// <returns>
    /// True for the name that was asked for. Who asked for an address may leave the name out, or give one that the policy allows there.
    /// </returns>
    public static bool Admits(EgressPolicy policy, Destination asked, Destination? dialled, IPAddress address, string? sni)
    {
        if (sni is not null && HostName.Judge(Destination.Of(sni, asked.Port)) is var check && check.Host is null) return false;
        if (HostName.Judge(asked).Host is { } name) return sni is not null && (IsSame(name, sni) || IsSame(dialled?.Name, sni));
        if (sni is null) return true;
        var verdict = policy.JudgeName(Destination.Of(sni, asked.Port));
        return verdict.Decision != NameDecision.Refused && policy.JudgeAddress(verdict.Question, address).MayDial;
    }

    private static bool IsSame(string? one, string other) =>
        one is not null && one.AsSpan().TrimEnd('.').Equals(other.AsSpan().TrimEnd('.'), StringComparison.OrdinalIgnoreCase);
}
