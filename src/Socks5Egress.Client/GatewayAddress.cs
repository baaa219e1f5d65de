using System.Net;

namespace Socks5Egress.Client;

/// <summary>One address of one gateway.</summary>
internal sealed record GatewayAddress(Socks5Proxy Proxy, IPEndPoint EndPoint);
