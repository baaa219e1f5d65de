using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>
/// Takes the facts that a command learns on its way, for the log line and the admin pages. It only takes: nobody decides anything by what
/// was reported before.
/// </summary>
internal interface ISessionReport
{
    /// <summary>Counts what flows.</summary>
    Traffic Traffic { get; }

    /// <summary>Who the client is, and what proved it.</summary>
    /// <param name="user">The account; null without one.</param>
    /// <param name="login">How it was proved.</param>
    /// <param name="subject">The name in the client's certificate; null without one.</param>
    void LoggedIn(string? user, string? login, string? subject);

    /// <summary>A token was refused.</summary>
    void RefusedToken(JwtFault fault);

    /// <summary>Where to, as the client or the configuration says it.</summary>
    void Asked(Destination target);

    /// <summary>The policy has been asked.</summary>
    /// <param name="judgement">What it said.</param>
    /// <param name="resolvedAt">Timestamp of the addresses; 0: there are none.</param>
    void Judged(PolicyDecision judgement, long resolvedAt);

    /// <summary>The target is connected.</summary>
    /// <param name="dialled">The target's address and port.</param>
    /// <param name="source">The egress address and port.</param>
    void Connected(IPEndPoint dialled, IPEndPoint source);

    /// <summary>The rules have changed and this one forbids it.</summary>
    void Forbidden(string? rule);

    /// <summary>The first flight was read, or more of it; takes the place of what was known before.</summary>
    void FirstFlight(FirstFlightFacts facts);

    /// <summary>One of several requests was answered.</summary>
    void Answered();
}
