using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Supervision;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Hosting;

/// <summary>
/// Keeps the addresses of this machine's interfaces true in the rules: an address that is added while the gateway runs is its own at once, and what
/// already leads there ends.
/// </summary>
internal static class OwnAddresses
{
    /// <summary>Begins to follow them, for as long as the process runs.</summary>
    public static void Follow(CurrentSnapshot rules, Supervisor supervisor, ILogger logger)
    {
        if (OperatingSystem.IsLinux())
        {
            supervisor.StartThread("own addresses", () => AddressChanges.Watch(() => Renew(rules, logger)));
            return;
        }
        NetworkChange.NetworkAddressChanged += (_, _) => Renew(rules, logger);
    }

    private static void Renew(CurrentSnapshot rules, ILogger logger)
    {
        var now = LocalAddresses.Now();
        var known = rules.Now.Local;
        var ended = rules.Change(each => now.Addresses.Count == 0 || each.Local.HasInterfaces(now.Addresses, now.Networks) ? each : each.On(each.Local.With(now.Addresses, now.Networks)));
        if (!ReferenceEquals(known, rules.Now.Local)) Log.OwnAddressesChanged(logger, now.Addresses.Count, ended);
    }
}
