using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Routing;

/// <param name="Rule">The name of the rule whose target matched, such as <c>route:*.partner.example</c>; null when none did.</param>
/// <param name="Route">What is written beside it.</param>
internal readonly record struct RouteMatch<TRoute>(string? Rule, TRoute? Route);

/// <summary>
/// Routes by target: the first whose target matches the name or the address, in the order of writing. What a route says
/// (family, source address) belongs to the stage that dials; here it is only found. Immutable; a look-up allocates nothing.
/// </summary>
/// <typeparam name="TRoute">What stands beside a target.</typeparam>
internal sealed class RouteTable<TRoute>
{
    private readonly RuleIndex _targets;
    private readonly ImmutableArray<TRoute> _routes;
    private readonly ImmutableArray<TRoute> _ofRanges;

    /// <param name="routes">In the order of writing. A target without ports is for all of them.</param>
    public RouteTable(IReadOnlyCollection<(Rule Target, TRoute Route)> routes)
    {
        _targets = new RuleIndex(routes.Select(route => route.Target), "route:", PortSet.All);
        _routes = [.. routes.Select(route => route.Route)];
        _ofRanges = [.. routes.Where(route => route.Target.Kind == RuleKind.Range).Select(route => route.Route)];
    }

    /// <summary>There is at least one route.</summary>
    public bool HasAny => !_routes.IsEmpty;

    /// <summary>The routes that the addresses of a name may have, before they are known; a default value where none matches.</summary>
    /// <param name="question">A name, from the first step of judgement.</param>
    public IEnumerable<TRoute?> Possible(TargetQuery question)
    {
        if (_routes.IsEmpty || question.Host is not { } host) return [default];
        var byName = IndexedRule.First(_targets.FindHost(host, question.Port), _targets.FindWide(host, question.Port));
        return _ofRanges.Prepend(byName is null ? default! : _routes[byName.Order]);
    }

    /// <summary>The route to one address of a destination. A name may have addresses with different routes.</summary>
    /// <param name="question">The destination, from the first step of judgement.</param>
    /// <param name="address">One of its addresses, judged.</param>
    public RouteMatch<TRoute> Find(in TargetQuery question, IPAddress address)
    {
        if (_routes.IsEmpty) return default;
        var port = question.Port;
        var byName = question.Host is { } host
            ? IndexedRule.First(_targets.FindHost(host, port), _targets.FindWide(host, port))
            : _targets.FindAny(port);
        return IndexedRule.First(byName, _targets.FindRange(AddressBits.Of(address), port)) is { } found
            ? new RouteMatch<TRoute>(found.Name, _routes[found.Order])
            : default;
    }
}
