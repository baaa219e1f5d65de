using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Protocol;

/// <summary>
/// Where a client wants to go: an address or a name, and a port. A name is kept as the client sent it,
/// one character a byte (Latin-1), unchecked: whether it is a legal host name is the policy's to say.
/// </summary>
internal readonly record struct Destination
{
    private Destination(IPAddress? address, string? name, ushort port)
    {
        Address = address;
        Name = name;
        Port = port;
    }

    /// <summary>The address, or null when the client sent a name.</summary>
    public IPAddress? Address { get; }

    /// <summary>The name, or null when the client sent an address.</summary>
    public string? Name { get; }

    /// <summary>0 to 65535. 0 is legal on the wire; no rule lets it through.</summary>
    public ushort Port { get; }

    /// <summary>A destination given as an address.</summary>
    public static Destination Of(IPAddress address, ushort port) => new(address, null, port);

    /// <summary>A destination given as a name.</summary>
    public static Destination Of(string name, ushort port) => new(null, name, port);

    /// <summary><c>host:port</c>, an IPv6 address in brackets. The name is not escaped: see the log for that.</summary>
    public override string ToString()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        if (Address is null) return Name + ":" + port;
        return Address.AddressFamily == AddressFamily.InterNetworkV6 ? "[" + Address + "]:" + port : Address + ":" + port;
    }
}
