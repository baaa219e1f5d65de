namespace Socks5Egress.Fly.Audit;

/// <summary>What Fly.io says about an app at one moment.</summary>
internal sealed record AppState(
    string App, IReadOnlyList<EgressAddress> Egress, IReadOnlyList<IngressAddress> Ingress, IReadOnlyList<FlyMachine> Machines);
