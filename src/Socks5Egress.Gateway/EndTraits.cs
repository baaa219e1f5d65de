using Microsoft.Extensions.Logging;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Gateway;

/// <summary>Where an end came from.</summary>
internal enum EndSide : byte
{
    Client,
    Target,
    Gateway,
}

/// <summary>How the side that ended it closed its connection.</summary>
internal enum EndClose : byte
{
    /// <summary>Nothing was closed on the wire.</summary>
    NotClosed,
    Fin,
    Rst,
}

/// <summary>One row of <see cref="EndTable"/>.</summary>
/// <param name="Reason">The member.</param>
/// <param name="Side">Where it came from.</param>
/// <param name="Close">How that side closed.</param>
/// <param name="Level">The level of the session's one log line: what an operator has to repair is a warning, a bug an error.</param>
/// <param name="Socks5">The reply to a SOCKS5 request.</param>
/// <param name="Http">The status of a refused HTTP request.</param>
internal sealed record EndTraits(EndReason Reason, EndSide Side, EndClose Close, LogLevel Level, ReplyCode Socks5, int Http)
{
    /// <summary>
    /// What refused the session, in a word that metrics count by; null when it was not refused. <see cref="EndTable.RuleCategory"/>: the rule
    /// says more.
    /// </summary>
    public string? Category { get; init; }

    /// <summary>The status page lists it though nothing refused it.</summary>
    public bool IsFailure { get; init; }

    /// <summary>The client is given time to read what was sent. Not one that is gone, or that has had its time.</summary>
    public bool Lingers { get; init; } = true;

    /// <summary>Of several failed addresses the client hears of the one that came nearest to the target, since it says most.</summary>
    public int Nearness { get; init; } = 1;

    /// <summary>What it most often means, for the log; null where that depends on more than the reason, or nothing stands out.</summary>
    public string? Hint { get; init; }
}
