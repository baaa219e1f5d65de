using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace Socks5Egress.Gateway.Policy;

/// <summary>
/// What is this machine and this program, at one moment: its own listening endpoints (gateway, admin, forwards) and the
/// addresses of its interfaces. Immutable; the caller takes a new one when something changes.
/// </summary>
internal sealed class LocalEndpoints
{
    private readonly FrozenSet<(AddressBits Address, ushort Port)> _listeners;
    private readonly FrozenSet<ushort> _ports;
    private readonly FrozenSet<ushort> _wildcardPorts;
    private readonly FrozenSet<AddressBits> _interfaces;

    private readonly ImmutableArray<Cidr> _networks;

    private LocalEndpoints(LocalEndpoints other, IEnumerable<AddressBits> interfaces, ImmutableArray<Cidr> networks)
    {
        (_listeners, _ports, _wildcardPorts) = (other._listeners, other._ports, other._wildcardPorts);
        (_interfaces, _networks) = (interfaces.ToFrozenSet(), networks);
    }

    /// <param name="listeners">Where this program really listens; a wildcard counts on every local address of both families.</param>
    /// <param name="interfaces">The addresses of this machine's interfaces.</param>
    /// <param name="networks">Networks of which every address is this machine's.</param>
    public LocalEndpoints(IEnumerable<IPEndPoint> listeners, IEnumerable<IPAddress> interfaces, IEnumerable<Cidr>? networks = null)
    {
        var own = listeners.Select(endpoint => (Address: AddressBits.Of(endpoint.Address), Port: (ushort)endpoint.Port)).ToArray();
        _listeners = own.ToFrozenSet();
        _ports = own.Select(endpoint => endpoint.Port).ToFrozenSet();
        _wildcardPorts = own.Where(endpoint => IsUnspecified(endpoint.Address)).Select(endpoint => endpoint.Port).ToFrozenSet();
        _interfaces = interfaces.Select(AddressBits.Of).ToFrozenSet();
        _networks = [.. networks ?? []];
    }

    /// <summary>Nothing listens and no interface has an address.</summary>
    public static LocalEndpoints None { get; } = new([], []);

    /// <summary>The same listeners on a machine with these interface addresses and networks.</summary>
    public LocalEndpoints With(IEnumerable<IPAddress> interfaces, IEnumerable<Cidr> networks) => new(this, interfaces.Select(AddressBits.Of), [.. networks]);

    /// <summary>The same with one more interface address.</summary>
    public LocalEndpoints And(IPAddress address) => new(this, _interfaces.Append(AddressBits.Of(address)), _networks);

    /// <summary>Whether the interface addresses and networks are exactly these.</summary>
    public bool HasInterfaces(IEnumerable<IPAddress> addresses, IEnumerable<Cidr> networks) =>
        _interfaces.SetEquals(addresses.Select(AddressBits.Of)) && _networks.ToHashSet().SetEquals(networks);

    /// <summary>True when the address is known to be this machine's: an interface's, or loopback.</summary>
    public bool Owns(IPAddress address) =>
        AddressBits.Of(address) is var bits && (IsInterface(bits) || AddressTable.Classify(bits) is AddressClass.Loopback or AddressClass.Unspecified);

    /// <summary>True when an interface of this machine has the address.</summary>
    public bool IsInterface(AddressBits address)
    {
        if (_interfaces.Contains(address)) return true;
        foreach (var network in _networks)
            if (network.Contains(address)) return true;
        return false;
    }

    /// <summary>True when a connection to the endpoint would reach this program.</summary>
    public bool IsOwnListener(AddressBits address, ushort port)
    {
        if (!_ports.Contains(port)) return false;
        // A connect to 0.0.0.0 or :: goes to loopback, and there to whatever has the port
        if (_listeners.Contains((address, port)) || IsUnspecified(address)) return true;
        return _wildcardPorts.Contains(port) && (AddressTable.Classify(address) == AddressClass.Loopback || IsInterface(address));
    }

    private static bool IsUnspecified(AddressBits address) => AddressTable.Classify(address) == AddressClass.Unspecified;
}
