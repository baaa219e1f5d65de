using System.Net.Sockets;
using Socks5Egress.Client;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>What broke, in a word that can be counted: <c>reply-connection-refused</c>, <c>stage-connect</c>, <c>timed-out</c>.</summary>
internal static class FailureStatus
{
    public static string Of(Exception exception) => exception switch
    {
        Socks5Exception { Reply: { } reply } => "reply-" + Kebab(reply.ToString()),
        Socks5Exception failure => "stage-" + Kebab(failure.Stage.ToString()),
        OperationCanceledException => "interrupted",
        SocketException socket => Kebab(socket.SocketErrorCode.ToString()),
        { InnerException: SocketException inner } => Kebab(inner.SocketErrorCode.ToString()),
        _ => Kebab(exception.GetType().Name),
    };

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
