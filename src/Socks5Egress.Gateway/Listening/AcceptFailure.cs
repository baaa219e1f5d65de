using System.Net.Sockets;

namespace Socks5Egress.Gateway.Listening;

/// <summary>What a failed accept means.</summary>
internal enum AcceptFailure : byte
{
    /// <summary>That one connection is gone (it was reset in the queue): take the next.</summary>
    Connection,

    /// <summary>The machine lacks something (descriptors, memory) or it is not known what: wait and try again, for ever.</summary>
    Resource,

    /// <summary>The listener was closed, by us.</summary>
    Closed,
}

/// <summary>The three tiers of accept failures, and how long to wait. Pure.</summary>
internal static class AcceptFailures
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Linux hands errors of the pending connection to accept (accept(2), "Error handling"). EPROTO and ENONET are among them, and .NET has
    /// no name for either: what has no name is the connection's error, and a series of them is waited out by the loop.
    /// </summary>
    public static AcceptFailure Classify(SocketError error) => error switch
    {
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.NetworkDown
            or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable or SocketError.ProtocolOption
            or SocketError.OperationNotSupported or SocketError.ProtocolNotSupported or SocketError.TimedOut or SocketError.SocketError
            => AcceptFailure.Connection,
        SocketError.OperationAborted or SocketError.NotSocket or SocketError.Shutdown => AcceptFailure.Closed,
        _ => AcceptFailure.Resource,
    };

    /// <summary>5 ms, doubling to 1 s.</summary>
    /// <param name="last">The last wait; zero for none.</param>
    public static TimeSpan Next(TimeSpan last) => last == TimeSpan.Zero ? Least : last * 2 < Most ? last * 2 : Most;
}
