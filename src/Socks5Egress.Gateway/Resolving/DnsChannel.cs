using System.Net;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>Takes what comes from one server.</summary>
internal interface IDnsReceiver
{
    /// <summary>A message, which is gone when the call returns.</summary>
    void Received(IDnsChannel channel, ReadOnlyMemory<byte> message);

    /// <summary>Nothing will come: refused, unreachable, closed.</summary>
    void Failed(IDnsChannel channel);
}

/// <summary>A way to one server, for one query. Two: a datagram socket and a connection.</summary>
internal interface IDnsChannel : IDisposable
{
    /// <summary>Sends the query; a failure is told to the receiver, later or at once. By datagrams, it may be sent again.</summary>
    void Send(ReadOnlySpan<byte> query);
}

/// <summary>Opens a way to a server.</summary>
/// <param name="server">Which one.</param>
/// <param name="overTcp">A connection instead of datagrams.</param>
/// <param name="receiver">Takes what comes.</param>
/// <returns>Null when there is no descriptor for it.</returns>
internal delegate IDnsChannel? OpenDnsChannel(IPEndPoint server, bool overTcp, IDnsReceiver receiver);
