using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Hosting;

/// <summary>The addresses of this machine's interfaces.</summary>
/// <param name="Addresses">Each of them; none where the system does not tell.</param>
/// <param name="Networks">On the loopback interface an address stands for its whole network (ip-address(8)): all of it is this machine.</param>
internal sealed record LocalAddresses(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<Cidr> Networks)
{
    /// <summary>All of them at this moment.</summary>
    public static LocalAddresses Now()
    {
        try
        {
            var interfaces = NetworkInterface.GetAllNetworkInterfaces();
            return new LocalAddresses(
                [.. interfaces.SelectMany(each => each.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)],
                [.. interfaces.Where(each => each.NetworkInterfaceType == NetworkInterfaceType.Loopback).SelectMany(each => each.GetIPProperties().UnicastAddresses).SelectMany(Network)]);
        }
        catch (NetworkInformationException)
        {
            return new LocalAddresses([], []);
        }
    }

    private static IEnumerable<Cidr> Network(UnicastIPAddressInformation unicast)
    {
        var bits = AddressBits.Of(unicast.Address);
        var prefix = unicast.PrefixLength + (unicast.Address.AddressFamily == AddressFamily.InterNetwork ? AddressBits.IPv4Offset : 0);
        // 127.0.0.0/8 is loopback, whoever has it
        if (prefix < 128 && !IPAddress.IsLoopback(unicast.Address)) yield return new Cidr(bits with { Value = bits.Value & Cidr.MaskOf(prefix) }, prefix);
    }
}
