using System.Net.Sockets;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>Connects as sessions do, from the same source address, but over one family only; null when it cannot.</summary>
internal delegate Task<Stream?> ProbeDial(string host, int port, AddressFamily family, CancellationToken cancellation);
