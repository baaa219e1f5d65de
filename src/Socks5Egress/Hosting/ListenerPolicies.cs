using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Commands.PortForward;

namespace Socks5Egress.Hosting;

/// <summary>
/// The sockets that were opened at the start, by what the configuration called them then. A listener keeps its number for as long as the process
/// runs, whatever a reload moves or takes away.
/// </summary>
/// <param name="Listeners">The addresses of the listeners, as configured.</param>
/// <param name="Forwards">The static forwards.</param>
internal sealed record ListenerPolicies(ImmutableArray<IPEndPoint> Listeners, ImmutableArray<(IPEndPoint Listen, StaticForward Forward)> Forwards)
{
    /// <summary>As if the listeners of these settings were open, and no forward.</summary>
    public static ListenerPolicies Of(GatewaySettings settings) => new([.. settings.Listeners.Select(listener => listener.EndPoint)], []);

    /// <summary>What the settings say of each open listener; null where they do not have it any more.</summary>
    public IEnumerable<ListenerSettings?> Match(ImmutableArray<ListenerSettings> settings) => Match(Listeners, settings, each => each.EndPoint);

    /// <summary>The same of each static forward.</summary>
    public IEnumerable<(ForwardSettings Settings, StaticForward Forward)?> Match(ImmutableArray<ForwardSettings> settings) =>
        Match([.. Forwards.Select(each => each.Listen)], settings, each => each.Listen)
            .Zip(Forwards, (found, open) => found is null ? null : ((ForwardSettings, StaticForward)?)(found, open.Forward));

    /// <summary>Listeners of the settings that no open socket is for.</summary>
    public IEnumerable<IPEndPoint> Missing(ImmutableArray<ListenerSettings> settings)
    {
        var open = Listeners.ToList();
        return settings.Select(each => each.EndPoint).Where(endpoint => !open.Remove(endpoint));
    }

    // Two sockets may have one address, such as port 0: the first is for the first
    private static IEnumerable<T?> Match<T>(ImmutableArray<IPEndPoint> open, ImmutableArray<T> settings, Func<T, IPEndPoint> endpoint) where T : class
    {
        var left = settings.ToList();
        foreach (var socket in open)
        {
            var at = left.FindIndex(each => endpoint(each).Equals(socket));
            yield return at < 0 ? null : left[at];
            if (at >= 0) left.RemoveAt(at);
        }
    }
}
