using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Authentication.Certificates;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Gateway.Grants;

/// <summary>What a listener asks of its clients.</summary>
/// <param name="Protocols">What it answers.</param>
/// <param name="Users">Who may log in; null where nobody has to.</param>
/// <param name="Clients">Who may connect; empty: everybody.</param>
internal sealed record ListenerPolicy(ServedProtocols Protocols, UserAuthenticator? Users, ImmutableArray<Cidr> Clients)
{
    /// <summary>A listener that the configuration does not have any more: it serves nothing.</summary>
    public static readonly ListenerPolicy Closed = new(ServedProtocols.None, null, []);

    /// <summary>Whom tokens log in; null where none are taken.</summary>
    public TokenAuthenticator? Tokens { get; init; }

    /// <summary>A client without a certificate has to say who it is.</summary>
    public bool AsksLogin => Users is not null || Tokens is not null;

    /// <summary>Every connection begins with a PROXY protocol header, which names the client.</summary>
    public bool RequiresProxyHeader { get; init; }

    /// <summary>Whose header counts; empty: everybody's.</summary>
    public ImmutableArray<Cidr> ProxySenders { get; init; } = [];

    /// <summary>Where every client goes, on a listener that does not ask; else null.</summary>
    public IFixedTargets? Fixed { get; init; }

    /// <summary>What becomes of plaintext on a forward that says so; null: as the policy has it.</summary>
    public TlsMode? RequiresTls { get; init; }

    /// <summary>What a static forward says of its sessions.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;

    /// <summary>What clients of SOCKS5 may ask for.</summary>
    public ServedCommands Commands { get; init; } = ServedCommands.Connect;

    /// <summary>TLS in front of every protocol; null: none.</summary>
    public TlsServer? Tls { get; init; }

    /// <summary>A client has to say who it is, by a password, a token or a certificate.</summary>
    public bool RequiresLogin => AsksLogin || Tls?.RequiresCertificate(AsksLogin) == true;

    /// <summary>Whether the listener answers this protocol.</summary>
    public bool Serves(ServedProtocols protocol) => (Protocols & protocol) != 0;

    /// <summary>Whether a client at this address (canonical, without a scope) may connect.</summary>
    public bool Admits(IPAddress client) => IsIn(Clients, client);

    /// <summary>Whether a PROXY header by this sender (canonical) says who a client is; of no sender: whether clients may come without one.</summary>
    public bool TakesHeaderOf(IPAddress? sender) => sender is null ? !RequiresProxyHeader : RequiresProxyHeader && IsIn(ProxySenders, sender);

    /// <summary>Whether an address is in one of these networks; no network is everywhere.</summary>
    public static bool IsIn(ImmutableArray<Cidr> networks, IPAddress client)
    {
        if (networks.IsEmpty) return true;
        var bits = AddressBits.Of(client);
        foreach (var network in networks)
        {
            if (network.Contains(bits)) return true;
        }
        return false;
    }
}
