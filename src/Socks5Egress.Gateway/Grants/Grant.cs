using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Grants;

/// <summary>
/// What a live thing (a handshake, a lookup, a dial, a BIND wait, an association, an HTTP connection or request, a relay) was given so far, and
/// why. These are facts, never rules: what the configuration says about them is asked anew of each snapshot. What is not known yet is null or
/// empty, and is not judged.
/// </summary>
/// <param name="Listener">The listener that the client came in by: its number in the snapshot.</param>
internal sealed record Grant(int Listener)
{
    /// <summary>Where the client is: what a PROXY header says on a listener that requires one.</summary>
    public IPAddress? Client { get; init; }

    /// <summary>Who sends the PROXY header that names the client; null: the client connected itself.</summary>
    public IPAddress? Sender { get; init; }

    /// <summary>The client was let in without TLS, as its listener had none.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What the client speaks; none on a static forward.</summary>
    public ServedProtocols Protocol { get; init; }

    /// <summary>Who the client is and what proved it.</summary>
    public Login? Login { get; init; }

    /// <summary>The account; null without one.</summary>
    public string? User => Login?.User;

    /// <summary>Bytes flow to and from the target: a session that has begun, and may be let end at a quiet moment.</summary>
    public bool IsRelayed { get; init; }

    /// <summary>What the client asked for beside CONNECT, which is always served.</summary>
    public ServedCommands Command { get; init; }

    /// <summary>Where to, as the client or the configuration says it.</summary>
    public Destination? Target { get; init; }

    /// <summary>The addresses that are being dialed or awaited. It holds while one of them may be.</summary>
    public ImmutableArray<IPAddress> Candidates { get; init; } = [];

    /// <summary>The address that is connected. Takes the place of the candidates.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The address that the connection leaves from.</summary>
    public IPAddress? Source { get; init; }
}
