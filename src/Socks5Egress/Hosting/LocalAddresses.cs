using System.Net;
using System.Net.NetworkInformation;

namespace Socks5Egress.Hosting;

/// <summary>The addresses of this machine's interfaces.</summary>
internal static class LocalAddresses
{
    /// <summary>All of them at this moment; none where the system does not tell.</summary>
    public static IReadOnlyList<IPAddress> Now()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(each => each.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
