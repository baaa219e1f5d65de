using System.IO.Pipelines;
using System.Net.Sockets;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Transport;

/// <summary>What broke a connection, seen from our end.</summary>
internal enum LegFault : byte
{
    /// <summary>RST, or an error that only a gone peer explains.</summary>
    Reset,

    /// <summary>Keepalive or retransmission gave up (ETIMEDOUT).</summary>
    TimedOut,

    /// <summary>We closed it ourselves.</summary>
    Aborted,

    /// <summary>TLS: a FIN without a close-notify.</summary>
    Truncated,
}

/// <summary>The one place where exceptions of sockets and pipes become values.</summary>
internal static class LegFaults
{
    /// <summary>
    /// Translates what a leg's pipes throw. After a reset the package throws <see cref="SocketException"/> or its own
    /// <c>ConnectionResetException</c>, depending on the moment. A wrong call on a pipe is an <see cref="InvalidOperationException"/>, and no end of anything.
    /// </summary>
    /// <returns>False for anything that is no end of a connection: that is a bug, and stays an exception.</returns>
    public static bool TryTranslate(Exception exception, out LegFault fault)
    {
        fault = LegFault.Reset;
        switch (exception)
        {
            case SocketException socket:
                fault = Of(socket.SocketErrorCode);
                return true;
            case OperationCanceledException or ObjectDisposedException:
                fault = LegFault.Aborted;
                return true;
            case TruncatedException:
                fault = LegFault.Truncated;
                return true;
            case IOException io:
                if (io.InnerException is SocketException inner) fault = Of(inner.SocketErrorCode);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The fault behind a socket's error code.</summary>
    public static LegFault Of(SocketError error) => error switch
    {
        SocketError.TimedOut => LegFault.TimedOut,
        SocketError.OperationAborted or SocketError.Interrupted or SocketError.ConnectionAborted => LegFault.Aborted,
        _ => LegFault.Reset,
    };
}
