using System.Globalization;
using System.Text;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// What this proxy calls itself in Via (RFC 9110 section 7.6.3). Drawn at start, so that a chain of two gateways is no loop, and says nothing about
/// this machine.
/// </summary>
internal static class ViaPseudonym
{
    public static readonly byte[] Bytes = Encoding.ASCII.GetBytes("socks5egress-" + Random.Shared.Next().ToString("x8", CultureInfo.InvariantCulture));
}
