using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>Egress source addresses as they are written: one a family at most.</summary>
internal static class BindParser
{
    /// <summary>Reads the addresses of a setting.</summary>
    /// <returns>Null when there is none: the system's choice, or that of whoever says less.</returns>
    public static EgressAddresses? Read(SettingsReader reader, ListSetting<IPAddress?> setting)
    {
        IPAddress? v4 = null, v6 = null;
        foreach (var (address, writtenAs) in reader.Read(setting))
        {
            if (address is null) continue;
            ref var slot = ref address.AddressFamily == AddressFamily.InterNetwork ? ref v4 : ref v6;
            if (slot is not null) reader.Refuse(writtenAs, $"{slot} and {address} are of one family; give one address a family at most");
            slot = address;
        }
        return v4 is null && v6 is null ? null : new EgressAddresses(v4, v6);
    }
}
