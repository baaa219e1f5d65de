using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands;

/// <summary>What a command may ask of the session that runs it.</summary>
internal interface ISessionControl
{
    /// <summary>Ended already, by the gateway or by a reset of the client: what comes now comes too late.</summary>
    bool IsEnding { get; }

    /// <summary>Why it is ending; <see cref="EndReason.None"/> when it is not.</summary>
    EndReason Ending { get; }

    /// <summary>The handshake, which goes on until the session is admitted.</summary>
    IHandshakeDeadline Handshake { get; }

    /// <summary>Cancelled when it ends.</summary>
    CancellationToken Stop { get; }

    /// <summary>Counts the session against the limits. At most one call has an effect.</summary>
    /// <param name="target">What is asked for; null where that is not known for the whole session.</param>
    /// <returns>The limit that refuses it, or <see cref="EndReason.None"/>.</returns>
    EndReason Admit(Destination? target);

    /// <summary>Ends it; the first reason wins. A delegate, since phases keep it: there is one a session.</summary>
    Action<EndReason> End { get; }

    /// <summary>Where it is.</summary>
    IPhase Phase { get; }

    /// <summary>Goes on to the next phase.</summary>
    void Enter(IPhase phase);

    /// <summary>Ends it now if its phase has taken too long, though no sweep has seen it yet.</summary>
    void CheckDeadline();

    /// <summary>Ends it when the client resets, until the result is disposed.</summary>
    IAsyncDisposable WatchReset();
}
