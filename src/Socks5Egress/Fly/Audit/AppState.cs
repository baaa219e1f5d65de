namespace Socks5Egress.Fly.Audit;

/// <summary>What Fly.io says about an app at one moment.</summary>
/// <param name="App">Its name.</param>
/// <param name="Egress">What it leaves from.</param>
/// <param name="Ingress">What it is reached at.</param>
/// <param name="Machines">Null when they could not be read.</param>
internal sealed record AppState(
    string App, IReadOnlyList<EgressAddress> Egress, IReadOnlyList<IngressAddress> Ingress, IReadOnlyList<FlyMachine>? Machines);
