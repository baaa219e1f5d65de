using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>The targets of a listener whose clients do not say where they want to go. Each is allowed by a rule of the configuration.</summary>
internal interface IFixedTargets
{
    /// <summary>The rule that allows exactly this target; null: it is not one of these.</summary>
    IndexedRule? RuleOf(Destination target);
}
