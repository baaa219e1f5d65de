using Socks5Egress.Gateway.Handshake;

namespace Socks5Egress.Gateway.Commands;

/// <summary>
/// What a session is for: CONNECT, BIND and so on. A command reads alone, from top to bottom; the session has identified the client, negotiated,
/// and accounts for what the command returns. There is one instance for all sessions: it holds what those of one kind share.
/// </summary>
internal interface ICommand
{
    /// <summary>The name in logs; part of the contract.</summary>
    string Name { get; }

    /// <summary>The protocol's name in logs where a listener runs this command without asking its clients.</summary>
    string? Protocol => null;

    /// <summary>True when the command itself calls <see cref="CommandContext.Admit"/>, since it learns the target later than the session.</summary>
    bool AdmitsItself => false;

    /// <summary>Serves one session to its end. A client that breaks off is an exception of its leg.</summary>
    ValueTask<CommandEnd> RunAsync(CommandContext context);

    /// <summary>The gateway is stopping: finish what is under way, begin nothing more.</summary>
    void Drain()
    {
    }
}

/// <summary>What is still to be said to the client.</summary>
internal enum Closing : byte
{
    /// <summary>Nothing: both sides are closed already, or are about to be reset.</summary>
    Nothing,

    /// <summary>A FIN, and time to read what was sent.</summary>
    Fin,

    /// <summary>The refusal, in the client's protocol, then a FIN and time to read it.</summary>
    Refusal,
}

/// <summary>How a command ended.</summary>
/// <param name="End">Why; <see cref="EndReason.None"/> when the session was stopped and knows why.</param>
/// <param name="Closing">What the session has left to do.</param>
internal readonly record struct CommandEnd(EndReason End, Closing Closing)
{
    /// <summary>The target that the session now relays to, and closes; null: there is nothing to relay.</summary>
    public ReachedTarget? Target { get; private init; }

    /// <summary>Carried out up to the relay. The command is over: a session that only carries bytes, perhaps for weeks, keeps nothing of it.</summary>
    public static CommandEnd Relay(ReachedTarget target) => new(EndReason.None, Closing.Nothing) { Target = target };

    /// <summary>What the session is to wait for, if the client has not asked for anything yet.</summary>
    public IPendingRequest? Pending { get; private init; }

    /// <summary>There is nothing to carry out yet.</summary>
    public static CommandEnd Waits(IPendingRequest pending) => new(EndReason.None, Closing.Nothing) { Pending = pending };

    /// <summary>Not carried out: the client is told why.</summary>
    public static CommandEnd Refused(EndReason reason) => new(reason, Closing.Refusal);

    /// <summary>Carried out to its end.</summary>
    public static CommandEnd Done(EndReason reason) => new(reason, Closing.Nothing);
}
